"""An invented company whose exports show what real ones are like, with the truth beside them."""

from custinsight.demo.write import DemoFiles, demo_plan, write_demo

__all__ = ["DemoFiles", "demo_plan", "write_demo"]
