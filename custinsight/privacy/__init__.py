"""The cellar every stage with personal data goes through: keys, pseudonyms and the vault."""

from custinsight.privacy.keys import pseudonym_key
from custinsight.privacy.pseudonyms import pseudonym, pseudonymise
from custinsight.privacy.vault import read_personal, write_personal

__all__ = ["pseudonym", "pseudonym_key", "pseudonymise", "read_personal", "write_personal"]
