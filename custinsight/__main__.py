"""``python -m custinsight`` is the command line."""

from custinsight.cli import main

if __name__ == "__main__":
    main()
