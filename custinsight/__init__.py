"""Customer audits from ERP and CRM exports."""

__version__ = "0.1.0"
