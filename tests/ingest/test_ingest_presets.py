"""Exports of the systems that presets know, with the traps that their tables hold."""

import pytest
from ingest_exports import codes
from preset_exports import Exports, pick

from custinsight.errors import SourceError
from custinsight.ingest.binding import mapped_names, require_mapping
from custinsight.plan import Source
from custinsight.presets import presets
from custinsight.tables import TABLES

OPEN = {"constants": {"as_of": "2024-12-31", "currency": "EUR"}}


@pytest.fixture
def exports(tmp_path, con) -> Exports:
    return Exports(tmp_path, con)


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_a_whole_source(name):
    preset = presets()[name]
    constants = {"as_of": "2024-12-31", "currency": "EUR"} if preset.keys["table"] == "receivables" else {}
    source = Source.model_validate({"name": "x", "preset": name, "path": "x.csv", "constants": constants})
    used = {name for _, name in mapped_names(source, require_mapping(source))}
    assert set(source.optional) <= used
    assert set(source.aliases) <= used | set(preset.signature)
    assert preset.files
    assert preset.signature
    assert source.table in TABLES


# ------------------------------------------------------------------------------------------------------------------ SAP

VBRK = """
VBELN;FKART;VBTYP;WAERK;FKDAT;KUNAG;KUNRG;FKSTO;KURRF;VTWEG;SFAKN
0090000001;F2;M;EUR;20240105;0000001000;0000001000;;1,00000;10;
0090000002;RE;O;EUR;20240110;0000001000;0000001000;;1,00000;10;
0090000003;F2;M;EUR;20240111;0000002000;0000002000;X;1,00000;10;
0090000004;S1;N;EUR;20240112;0000002000;0000002000;;1,00000;10;0090000003
0090000005;F5;U;EUR;20240113;0000002000;0000002000;;1,00000;10;
"""
VBRP = """
VBELN;POSNR;FKIMG;VRKME;NETWR;MATNR;ARKTX;MWSBP;WAVWR;SHKZG
0090000001;000010;2,000;ST;100,00;MAT-1;Pump;19,00;60,00;
0090000002;000010;1,000;ST;50,00;MAT-1;Pump;9,50;30,00;X
0090000003;000010;1,000;ST;70,00;MAT-2;Valve;13,30;40,00;
0090000004;000010;1,000;ST;70,00;MAT-2;Valve;13,30;40,00;
0090000005;000010;1,000;ST;80,00;MAT-2;Valve;15,20;40,00;
"""


def test_sap_credit_memos_turn_negative_and_cancelled_documents_are_void(exports):
    exports.write("VBRK.csv", VBRK)
    exports.write("VBRP.csv", VBRP)
    rows = exports.rows("sap/invoices", "VBRP.csv", decimal=",")
    assert pick(rows, "doc_type", "amount_net", "amount_gross", "cost", "quantity", "status") == [
        ("invoice", 100.0, 119.0, 60.0, 2.0, "posted"),
        ("return", -50.0, -59.5, -30.0, -1.0, "posted"),
        ("invoice", 70.0, 83.3, 40.0, 1.0, "void"),
        ("invoice", 70.0, 83.3, 40.0, 1.0, "void"),
        ("invoice", 80.0, 95.2, 40.0, 1.0, "draft"),
    ]
    assert pick(rows[:1], "doc_id", "line_no", "doc_date", "customer_id", "currency") == [
        ("0090000001", "000010", "2024-01-05", "0000001000", "EUR")
    ]
    assert rows[3]["return_of"] == "0090000003"


def test_sap_amounts_take_their_sign_from_debit_and_credit(exports):
    exports.write(
        "BSID.csv",
        """
BUKRS,KUNNR,BELNR,BUZEI,BUDAT,BLDAT,WAERS,SHKZG,WRBTR,DMBTR,ZFBDT,ZBD1T,ZBD2T,ZBD3T,AUGDT,VBELN
1000,0000001000,1800000001,001,20240105,20240104,EUR,S,119.00,119.00,20240104,14,30,0,00000000,0090000001
1000,0000001000,1800000002,001,20240110,20240110,EUR,H,59.50,59.50,00000000,0,0,0,00000000,
""",
    )
    exports.write(
        "BSAD.csv",
        """
BUKRS,KUNNR,BELNR,BUZEI,BUDAT,BLDAT,WAERS,SHKZG,WRBTR,DMBTR,ZFBDT,ZBD1T,ZBD2T,ZBD3T,AUGDT,VBELN
1000,0000002000,1800000003,001,20240105,20240105,EUR,S,80.00,80.00,20240105,10,20,45,20240201,
""",
    )
    rows = exports.rows("sap/receivables", "BS[IA]D.csv", constants={"as_of": "2024-12-31"})
    assert pick(rows, "doc_id", "amount", "amount_open", "due_date", "paid_date") == [
        ("1800000003", 80.0, 0.0, "2024-02-19", "2024-02-01"),
        ("0090000001", 119.0, 119.0, "2024-02-03", None),
        ("1800000002", -59.5, -59.5, "2024-01-10", None),
    ]


def test_sap_customers_join_their_company_code_and_credit_data_where_exported(exports):
    exports.write(
        "KNA1.csv",
        """
KUNNR,LAND1,NAME1,NAME2,ORT01,STRAS,PSTLZ,STCEG,STCD1,TELF1,ERDAT,LOEVM,AUFSD
0000001000,DE,Muster,GmbH,Berlin,Weg 1,10115,DE123,,030 1,20200101,,
0000002000,DE,Beispiel AG,,Hamburg,,,,77/1,,00000000,X,
0000003000,DE,Sperre KG,,Bonn,,,,,,20210101,,01
""",
    )
    exports.write("KNB1.csv", "KUNNR,BUKRS,ZTERM\n0000001000,1000,NT30\n0000002000,1000,0001\n")
    rows = exports.rows("sap/customers", "KNA1.csv")
    assert pick(rows, "customer_name", "status", "tax_id", "payment_days", "created_date", "address") == [
        ("Muster GmbH", "active", "DE123", 30, "2020-01-01", "Weg 1, 10115"),
        ("Beispiel AG", "disabled", "77/1", 0, None, None),
        ("Sperre KG", "frozen", None, None, "2021-01-01", None),
    ]
    assert "'KLIMK'" in exports.notes("sap/customers", "KNA1.csv")


def test_sap_rejected_order_items_are_void_and_quotations_are_drafts(exports):
    exports.write(
        "vbak.csv",
        """
VBELN,AUDAT,VBTYP,KUNNR,WAERK,VTWEG
5000000001,20240105,C,0000001000,EUR,10
5000000002,20240106,H,0000001000,EUR,10
5000000003,20240107,B,0000001000,EUR,10
""",
    )
    exports.write(
        "vbap.csv",
        """
VBELN,POSNR,MATNR,ARKTX,KWMENG,VRKME,NETWR,ABGRU
5000000001,000010,M1,Pump,2,ST,100.00,
5000000001,000020,M1,Pump,1,ST,50.00,Z1
5000000002,000010,M1,Pump,1,ST,50.00,
5000000003,000010,M1,Pump,9,ST,450.00,
""",
    )
    rows = exports.rows("sap/orders", "vbap.csv")
    assert pick(rows, "doc_type", "amount_net", "status") == [
        ("order", 100.0, "posted"),
        ("order", 50.0, "void"),
        ("return", -50.0, "posted"),
        ("order", 450.0, "draft"),
    ]


# ----------------------------------------------------------------------------------------------------------------- Odoo


def test_odoo_refunds_are_negative_and_belong_to_the_commercial_partner(exports):
    exports.write(
        "account_move.csv",
        """
id,name,move_type,state,invoice_date,partner_id,commercial_partner_id,currency_id,invoice_user_id,reversed_entry_id
1,INV/2024/0001,out_invoice,posted,2024-01-05,12,10,125,2,
2,RINV/2024/0001,out_refund,posted,2024-01-20,12,10,125,2,1
3,INV/2024/0002,out_invoice,draft,2024-01-21,11,11,1,2,
4,INV/2024/0003,out_invoice,cancel,2024-01-22,11,11,1,2,
5,BILL/2024/0001,in_invoice,posted,2024-01-23,30,30,1,2,
""",
    )
    exports.write("res_currency.csv", "id,name,symbol\n1,USD,$\n125,EUR,€\n")
    exports.write(
        "account_move_line.csv",
        """
id,move_id,display_type,product_id,name,quantity,price_subtotal,price_total
101,1,product,7,Desk,2,100.0,121.0
102,1,tax,,21%,1,21.0,21.0
103,2,product,7,Desk,1,50.0,60.5
104,3,product,7,Desk,1,50.0,60.5
105,4,product,7,Desk,1,50.0,60.5
106,5,product,8,Wood,1,30.0,36.3
""",
    )
    ingested = exports.load("odoo/invoices", "account_move_line.csv")
    assert ingested.load_report["rows_out_of_scope"].tolist() == [2]
    rows = exports.rows("odoo/invoices", "account_move_line.csv")
    assert pick(rows, "doc_id", "customer_id", "doc_type", "amount_net", "amount_gross", "currency", "status") == [
        ("INV/2024/0001", "10", "invoice", 100.0, 121.0, "EUR", "posted"),
        ("RINV/2024/0001", "10", "return", -50.0, -60.5, "EUR", "posted"),
        ("INV/2024/0002", "11", "invoice", 50.0, 60.5, "USD", "draft"),
        ("INV/2024/0003", "11", "invoice", 50.0, 60.5, "USD", "void"),
    ]
    assert pick(rows[1:2], "quantity", "return_of") == [(-1.0, "1")]


def test_odoo_contacts_belong_to_their_company(exports):
    exports.write(
        "res_partner.csv",
        """
id,name,is_company,parent_id,commercial_partner_id,vat,city,phone,email,active,create_date
10,Azure Interior,t,,10,US12345,Fremont,1,azure@example.com,t,2023-01-05 10:11:12.123456
12,Brandon Freeman,f,10,10,,Fremont,2,brandon@example.com,t,2023-01-06 10:11:12
13,Azure Europe,t,10,13,,Gent,3,,f,2023-01-07
""",
    )
    rows = exports.rows("odoo/customers", "res_partner.csv")
    assert pick(rows, "customer_id", "parent_id", "customer_type", "status", "created_date") == [
        ("10", None, "company", "active", "2023-01-05"),
        ("12", "10", "person", "active", "2023-01-06"),
        ("13", "10", "company", "disabled", "2023-01-07"),
    ]


def test_odoo_orders_and_opportunities_find_the_commercial_partner(exports):
    exports.write("res_partner.csv", "id,name,commercial_partner_id\n10,Azure,10\n12,Brandon,10\n")
    exports.write(
        "sale_order.csv",
        "id,name,date_order,partner_id,state,user_id,currency_id\n"
        "1,S00001,2024-01-05 10:00:00,12,sale,2,EUR\n2,S00002,2024-01-06 10:00:00,12,draft,2,EUR\n"
        "3,S00003,2024-01-06 10:00:00,10,cancel,2,EUR\n",
    )
    exports.write(
        "sale_order_line.csv",
        "id,order_id,product_id,name,product_uom_qty,price_subtotal,price_total\n"
        "1,1,7,Desk,2,100,121\n2,2,7,Desk,1,50,60.5\n3,3,7,Desk,1,50,60.5\n",
    )
    exports.write(
        "crm_lead.csv",
        "id,name,type,partner_id,stage_id,expected_revenue,probability,create_date\n"
        "5,Office,opportunity,12,2,5000,40,2024-02-01 09:00:00\n6,Mail,lead,12,1,0,5,2024-02-02 09:00:00\n",
    )
    rows = exports.rows("odoo/orders", "sale_order_line.csv")
    assert pick(rows, "customer_id", "doc_date", "status", "currency", "amount_net") == [
        ("10", "2024-01-05", "posted", "EUR", 100.0),
        ("10", "2024-01-06", "draft", "EUR", 50.0),
        ("10", "2024-01-06", "void", "EUR", 50.0),
    ]
    leads = exports.rows("odoo/opportunities", "crm_lead.csv")
    assert pick(leads, "customer_id", "kind", "probability", "amount") == [("10", "opportunity", 0.4, 5000.0)]


def test_odoo_receivables_leave_drafts_out(exports):
    exports.write(
        "account_move.csv",
        """
id,name,move_type,state,invoice_date,invoice_date_due,partner_id,commercial_partner_id,amount_total_signed,amount_residual_signed
1,INV/1,out_invoice,posted,2024-01-05,2024-02-04,12,10,121.0,21.0
2,RINV/1,out_refund,posted,2024-01-20,2024-01-20,12,10,-60.5,-60.5
3,INV/2,out_invoice,draft,2024-01-21,2024-02-20,11,11,60.5,60.5
""",
    )
    rows = exports.rows("odoo/receivables", "account_move.csv", **OPEN)
    assert pick(rows, "doc_id", "customer_id", "amount", "amount_open") == [
        ("INV/1", "10", 121.0, 21.0),
        ("RINV/1", "10", -60.5, -60.5),
    ]


# -------------------------------------------------------------------------------------------------------------- ERPNext


def test_erpnext_documents_have_a_status_and_returns_their_own_sign(exports):
    exports.write(
        "Sales Invoice.csv",
        """
name,customer,posting_date,due_date,docstatus,is_return,return_against,currency,conversion_rate,base_grand_total,outstanding_amount
ACC-1,Grant,2024-01-05,2024-02-04,1,0,,USD,7.1,860,860
ACC-2,Grant,2024-01-20,2024-01-20,1,1,ACC-1,USD,7.1,-430,-430
ACC-3,Palmer,2024-01-21,2024-02-20,0,0,,CNY,1,50,50
ACC-4,Palmer,2024-01-22,2024-02-20,2,0,,CNY,1,50,0
""",
    )
    exports.write(
        "Sales Invoice Item.csv",
        """
name,parent,idx,item_code,item_name,item_group,qty,uom,net_amount,base_net_amount,incoming_rate,stock_qty
a,ACC-1,1,SKU1,Shirt,Apparel,2,Nos,100,710,30,2
b,ACC-2,1,SKU1,Shirt,Apparel,-1,Nos,-50,-355,30,-1
c,ACC-3,1,SKU1,Shirt,Apparel,1,Nos,50,50,30,1
d,ACC-4,1,SKU1,Shirt,Apparel,1,Nos,50,50,30,1
""",
    )
    rows = exports.rows("erpnext/invoices", "Sales Invoice Item.csv")
    assert pick(rows, "doc_type", "amount_net", "cost", "fx_rate", "status", "return_of") == [
        ("invoice", 100.0, 60.0, 7.1, "posted", None),
        ("return", -50.0, -30.0, 7.1, "posted", "ACC-1"),
        ("invoice", 50.0, 30.0, 1.0, "draft", None),
        ("invoice", 50.0, 30.0, 1.0, "void", None),
    ]
    owed = exports.rows("erpnext/receivables", "Sales Invoice.csv", constants={"as_of": "2024-12-31"})
    assert pick(owed, "doc_id", "amount_open") == [("ACC-1", 860.0), ("ACC-2", -430.0)]


def test_erpnext_lists_may_show_labels_instead_of_names(exports):
    exports.write(
        "Customer.csv",
        "ID,Customer Name,Customer Group,Territory,Customer Type,Disabled\n"
        "C1,Grant Plastics,Commercial,China,Company,0\nC2,Li,Individual,China,Individual,1\n",
    )
    rows = exports.rows("erpnext/customers", "Customer.csv")
    assert pick(rows, "customer_id", "customer_name", "customer_type", "status") == [
        ("C1", "Grant Plastics", "company", "active"),
        ("C2", "Li", "person", "disabled"),
    ]


def test_erpnext_issues_tell_whether_the_agreement_was_kept(exports):
    exports.write(
        "Issue.csv",
        "name,customer,opening_date,issue_type,priority,status,subject,agreement_status,resolution_date\n"
        "ISS-1,Grant,2024-01-05,Damage,High,Closed,Broken,Fulfilled,2024-01-07 10:00:00\n"
        "ISS-2,Grant,2024-01-06,Delay,Low,Open,Late,Failed,\n",
    )
    rows = exports.rows("erpnext/issues", "Issue.csv")
    assert pick(rows, "kind", "sla_met", "resolved_at") == [
        ("complaint", True, "2024-01-07"),
        ("complaint", False, None),
    ]


# ----------------------------------------------------------------------------------------------------------- Salesforce


def test_salesforce_deleted_records_stay_out_and_contacts_name_their_account(exports):
    exports.write(
        "Account.csv",
        "Id,Name,ParentId,Industry,BillingCity,BillingCountry,OwnerId,IsDeleted,CreatedDate\n"
        "001A,Edge Communications,,Electronics,Austin,US,005A,false,2023-05-01T08:30:00.000Z\n"
        "001B,Gone Inc,,,,,005A,true,2023-05-01T08:30:00.000Z\n",
    )
    exports.write(
        "contact.csv",
        "id,account_id,first_name,last_name,mobile_phone,email,is_deleted\n"
        "003A,001A,Rose,Gonzalez,1,rose@example.com,False\n",
    )
    rows = exports.rows("salesforce/accounts", "Account.csv")
    assert pick(rows, "customer_id", "created_date") == [("001A", "2023-05-01")]
    people = exports.rows("salesforce/contacts", "contact.csv")
    assert pick(people, "customer_name", "parent_id", "customer_type") == [("Rose Gonzalez", "001A", "person")]


def test_salesforce_activities_and_cases(exports):
    exports.write(
        "Opportunity.csv",
        "Id,AccountId,Name,StageName,Amount,Probability,CloseDate,CreatedDate,IsWon,IsClosed,OwnerId\n"
        "006A,001A,Generator,Closed Won,15000,100,2024-02-01,2024-01-01,true,true,005A\n"
        "006B,001A,Heater,Prospecting,9000,10,2024-05-01,2024-01-02,false,false,005A\n",
    )
    exports.write(
        "Task.csv",
        "Id,AccountId,ActivityDate,Subject,Type,TaskSubtype,CallType,Status\n"
        "00T1,001A,2024-01-05,Call back,,Task,Outbound,Completed\n"
        "00T2,001A,2024-01-06,Offer,Email,Email,,Completed\n00T3,001A,2024-01-07,Remember,,Task,,Open\n",
    )
    exports.write(
        "Case.csv",
        "Id,AccountId,CaseNumber,Origin,Priority,Status,CreatedDate,ClosedDate,Subject\n"
        "5001,001A,00001,Web,High,Closed,2024-01-05,2024-01-07,Leak\n",
    )
    won = exports.rows("salesforce/opportunities", "Opportunity.csv")
    assert pick(won, "kind", "probability", "outcome") == [("opportunity", 1.0, "won"), ("opportunity", 0.1, "open")]
    tasks = exports.load("salesforce/tasks", "Task.csv")
    assert tasks.tables["interactions"]["kind"].to_pyarrow().to_pylist() == ["call", "email"]
    assert codes(tasks) == [(4, "MISSING_REQUIRED")]
    cases = exports.rows("salesforce/cases", "Case.csv")
    assert pick(cases, "at", "resolved_at", "severity") == [("2024-01-05", "2024-01-07", "High")]


# -------------------------------------------------------------------------------------------------------------- Shopify

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Billing Name,Cancelled at,Refunded Amount,Vendor,Source,Lineitem discount"
)


def test_shopify_lines_are_priced_and_dated_by_the_shops_own_day(exports):
    exports.write(
        "orders_export_1.csv",
        SHOPIFY
        + "\n#1001,a@example.com,paid,,fulfilled,yes,EUR,90,5,0,95,,0,2024-01-05 23:30:00 -0500,2,Lamp,50.00,L1,"
        "A,,0.00,Acme,web,10.00\n"
        "#1002,b@example.com,refunded,,fulfilled,yes,EUR,90,5,0,95,,0,2024-01-06 09:00:00 -0500,1,Lamp,50.00,L1,"
        "B,,50.00,Acme,web,0.00\n"
        "#1003,b@example.com,paid,,,yes,EUR,90,5,0,95,,0,2024-01-07 09:00:00 -0500,1,Lamp,50.00,L1,"
        "B,2024-01-07 10:00:00 -0500,0.00,Acme,web,0.00\n"
        "#1004,b@example.com,pending,,,yes,EUR,90,5,0,95,,0,2024-01-08 09:00:00 -0500,1,Lamp,50.00,L1,"
        "B,,0.00,Acme,web,0.00\n",
    )
    rows = exports.rows("shopify/orders", "orders_export_1.csv")
    assert pick(rows, "doc_id", "customer_id", "doc_date", "amount_net", "status") == [
        ("#1001", "a@example.com", "2024-01-05", 90.0, "posted"),
        ("#1002", "b@example.com", "2024-01-06", 50.0, "void"),
        ("#1003", "b@example.com", "2024-01-07", 50.0, "void"),
        ("#1004", "b@example.com", "2024-01-08", 50.0, "draft"),
    ]


def test_shopify_further_lines_take_what_the_first_line_of_their_order_says(exports):
    exports.write(
        "orders_export_1.csv",
        SHOPIFY + "\n#1001,a@example.com,voided,,fulfilled,yes,EUR,90,5,0,95,,0,2024-01-05 23:30:00 -0500,2,Lamp,50.00,"
        "L1,A,,0.00,Acme,web,0.00\n#1001,a@example.com,,,,,,,,,,,,2024-01-05 23:30:00 -0500,1,Bulb,5.00,"
        "L2,,,,Acme,,0.00\n",
    )
    rows = exports.rows("shopify/orders", "orders_export_1.csv")
    assert pick(rows, "product_id", "status", "currency") == [("L1", "void", "EUR"), ("L2", "void", "EUR")]


def test_shopify_customers_are_named_by_their_mail(exports):
    exports.write(
        "customers_export.csv",
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Phone,Total Spent\n"
        "1,Ann,Lee,a@example.com,yes,,1,95.00\n2,Bo,Fox,b@example.com,no,Fox Ltd,2,50.00\n",
    )
    rows = exports.rows("shopify/customers", "customers_export.csv")
    assert pick(rows, "customer_id", "customer_name", "customer_type") == [
        ("a@example.com", "Ann Lee", "person"),
        ("b@example.com", "Fox Ltd", "company"),
    ]


# ---------------------------------------------------------------------------------------------- 金蝶云星空, 用友 U8


def test_kingdee_status_and_cancellation_are_two_columns(exports):
    exports.write(
        "SAL_SaleOrder.csv",
        """
FBillNo,FDate,FCustId.FNumber,FDocumentStatus,FCancelStatus,FMaterialId.FNumber,FQty,FAmount,FAllAmount,FSettleCurrId
XSDD001,2024-01-05T00:00:00,CUST001,C,A,M1,2,100,113,PRE001
XSDD002,2024-01-06T00:00:00,CUST001,B,A,M1,1,50,56.5,PRE001
XSDD003,2024-01-07T00:00:00,CUST001,C,B,M1,1,50,56.5,PRE007
""",
    )
    rows = exports.rows("kingdee/orders", "SAL_SaleOrder.csv")
    assert pick(rows, "doc_date", "amount_net", "amount_gross", "currency", "status") == [
        ("2024-01-05", 100.0, 113.0, "CNY", "posted"),
        ("2024-01-06", 50.0, 56.5, "CNY", "draft"),
        ("2024-01-07", 50.0, 56.5, "USD", "void"),
    ]


def test_kingdee_lists_may_show_chinese_headers(exports):
    exports.write(
        "销售出库单.csv",
        "单据编号,日期,客户编码,物料编码,物料名称,实发数量,金额,价税合计,成本金额,单据状态,作废状态\n"
        "XSCK001,2024/1/5,C001,M1,泵,2,100,113,60,已审核,未作废\nXSCK002,2024/1/6,C001,M1,泵,1,50,56.5,30,创建,未作废\n",
    )
    exports.write(
        "销售退货单.csv",
        "单据编号,日期,退货客户编码,物料编码,实退数量,金额,价税合计,单据状态\nXSTH001,2024/1/9,C001,M1,1,50,56.5,已审核\n",
    )
    rows = exports.rows("kingdee/shipments", "销售出库单.csv")
    assert pick(rows, "doc_type", "doc_date", "amount_net", "cost", "currency", "status") == [
        ("shipment", "2024-01-05", 100.0, 60.0, "CNY", "posted"),
        ("shipment", "2024-01-06", 50.0, 30.0, "CNY", "draft"),
    ]
    back = exports.rows("kingdee/returns", "销售退货单.csv")
    assert pick(back, "doc_type", "quantity", "amount_net", "amount_gross") == [("return", -1.0, -50.0, -56.5)]


def test_kingdee_receivables_leave_cancelled_bills_out(exports):
    exports.write(
        "AR_receivable.csv",
        """
FBillNo,FDATE,FCUSTOMERID.FNumber,FENDDATE_H,FALLAMOUNTFOR,FNoReceiveAmount,FDocumentStatus,FCancelStatus
AR001,2024-01-05,C001,2024-02-04,113,13,C,A
AR002,2024-01-06,C001,2024-02-05,113,113,C,B
AR003,2024-01-07,C001,2024-02-06,113,113,B,A
""",
    )
    rows = exports.rows("kingdee/receivables", "AR_receivable.csv", constants={"as_of": "2024-12-31"})
    assert pick(rows, "doc_id", "amount", "amount_open", "currency") == [("AR001", 113.0, 13.0, "CNY")]


def test_u8_documents_without_a_checker_are_drafts_and_red_ones_returns(exports):
    exports.write(
        "SaleBillVouch.csv",
        """
SBVID,cSBVCode,dDate,cCusCode,cPersonCode,cDepCode,cexch_name,iExchRate,cVerifier,cInvalider,bReturnFlag
1,FP001,2024-01-05 00:00:00.000,01001,P1,D1,人民币,1,张,,0
2,FP002,2024-01-06 00:00:00.000,01001,P1,D1,美元,7.1,张,,1
3,FP003,2024-01-07 00:00:00.000,01001,P1,D1,人民币,1,,,0
4,FP004,2024-01-08 00:00:00.000,01001,P1,D1,人民币,1,张,李,0
""",
    )
    exports.write(
        "SaleBillVouchs.csv",
        "AutoID,SBVID,cInvCode,iQuantity,iMoney,iSum\n11,1,A1,2,100,113\n12,2,A1,-1,-50,-56.5\n13,3,A1,1,50,56.5\n"
        "14,4,A1,1,50,56.5\n",
    )
    exports.write("Inventory.csv", "cInvCode,cInvName,cInvCCode\nA1,轴承,01\n")
    rows = exports.rows("yonyou-u8/invoices", "SaleBillVouchs.csv")
    assert pick(rows, "doc_id", "doc_type", "amount_net", "amount_gross", "currency", "status") == [
        ("FP001", "invoice", 100.0, 113.0, "CNY", "posted"),
        ("FP002", "return", -50.0, -56.5, "USD", "posted"),
        ("FP003", "invoice", 50.0, 56.5, "CNY", "draft"),
        ("FP004", "invoice", 50.0, 56.5, "CNY", "void"),
    ]
    assert pick(rows[:1], "customer_id", "product_name", "fx_rate") == [("01001", "轴承", 1.0)]


def test_u8_lists_have_the_heads_columns_on_each_line(exports):
    exports.write(
        "销售订单列表.csv",
        "订单号,订单日期,客户编码,业务员编码,存货编码,存货名称,数量,无税金额,价税合计,币种,审核人\n"
        "XS001,2024-01-05,01001,P1,A1,轴承,2,100,113,人民币,张\nXS002,2024-01-06,01001,P1,A1,轴承,1,50,56.5,人民币,\n",
    )
    exports.write(
        "客户档案.csv",
        "客户编码,客户名称,客户分类,地区,税号,联系人,电话,手机,停用日期\n"
        "01001,苏州某某有限公司,01,华东,913205,王,0512,138,\n01002,无锡某某有限公司,01,华东,,,,,2023-01-01\n",
    )
    rows = exports.rows("yonyou-u8/orders", "销售订单列表.csv")
    assert pick(rows, "doc_id", "amount_net", "status") == [("XS001", 100.0, "posted"), ("XS002", 50.0, "draft")]
    customers = exports.rows("yonyou-u8/customers", "客户档案.csv")
    assert pick(customers, "customer_id", "region", "mobile", "status") == [
        ("01001", "华东", "138", "active"),
        ("01002", "华东", None, "disabled"),
    ]


# ----------------------------------------------------------------------------------------------------- the samples


def test_northwind_may_be_a_folder_of_csv_files(exports):
    exports.write("orders.csv", "orderID,customerID,employeeID,orderDate\n10248,VINET,5,1996-07-04\n")
    exports.write("products.csv", "productID,productName,quantityPerUnit\n11,Queso Cabrales,1 kg pkg.\n")
    exports.write("order_details.csv", "orderID,productID,unitPrice,quantity,discount\n10248,11,14,12,0.25\n")
    rows = exports.rows("northwind/orders", "order_details.csv")
    assert pick(rows, "customer_id", "doc_date", "product_name", "amount_net") == [
        ("VINET", "1996-07-04", "Queso Cabrales", 126.0)
    ]


def test_adventureworks_may_lack_its_products(exports):
    exports.write(
        "AdventureWorks_Sales_2021.csv",
        "OrderDate,StockDate,OrderNumber,ProductKey,CustomerKey,TerritoryKey,OrderLineItem,OrderQuantity,Sales\n"
        "01-12-21,09/21/2001,SO1,332,14657,1,1,1,699.0982\n01/13/2021,09/21/2001,SO2,332,14657,1,1,1,10\n",
    )
    rows = exports.rows("adventureworks/sales", "AdventureWorks_Sales_2021.csv")
    assert pick(rows, "doc_date", "amount_net", "cost") == [
        ("2021-01-12", 699.0982, None),
        ("2021-01-13", 10.0, None),
    ]


# -------------------------------------------------------------------------------------------------- what a preset lacks


def test_what_a_preset_can_do_without_becomes_a_note(exports):
    exports.write("SaleBillVouchs.csv", "SBVID,cInvCode,iQuantity,iMoney,iSum,cSBVCode,dDate,cCusCode,cVerifier\n")
    with (exports.folder / "SaleBillVouchs.csv").open("a") as file:
        file.write("1,A1,1,50,56.5,FP001,2024-01-05,01001,z\n")
    note = exports.notes("yonyou-u8/invoices", "SaleBillVouchs.csv")
    assert note.startswith("SaleBillVouchs.csv lacks ")
    assert "'cInvalider'" in note


def test_what_a_preset_cannot_do_without_is_an_error_that_names_it(exports):
    exports.write("VBRK.csv", VBRK)
    exports.write("VBRP.csv", VBRP.replace(";NETWR;", ";BETRAG;"))
    with pytest.raises(
        SourceError, match=r"the preset sap/invoices takes computed\.amount_net from the column 'NETWR'"
    ):
        exports.load("sap/invoices", "VBRP.csv")
    rows = exports.rows("sap/invoices", "VBRP.csv", computed={"amount_net": "BETRAG", "amount_gross": ""}, decimal=",")
    assert rows[0]["amount_net"] == 100.0


def test_an_optional_column_does_not_fill_a_required_one_with_nothing(exports):
    exports.write("x.csv", "doc,day,customer\n1,2024-01-05,7\n")
    with pytest.raises(SourceError, match=r"columns\.amount_net names the column 'amount'"):
        exports.load(
            "",
            "x.csv",
            table="transactions",
            columns={"doc_id": "doc", "doc_date": "day", "customer_id": "customer", "amount_net": "amount"},
            constants={"currency": "EUR"},
            optional=["amount"],
        )


def test_a_needed_lookup_that_is_not_there_is_named(exports):
    exports.write("account_move_line.csv", "id,move_id,name,quantity,price_subtotal\n1,1,x,1,1\n")
    with pytest.raises(SourceError, match=r"must lie beside account_move_line\.csv as its lookup moves, got 0"):
        exports.load("odoo/invoices", "account_move_line.csv")


def test_a_lookup_of_another_name_is_given_by_its_path(exports):
    exports.write("heads-2024.csv", VBRK)
    exports.write("items-2024.csv", VBRP)
    lookup = {"name": "VBRK", "path": "heads-2024.csv"}
    rows = exports.rows("sap/invoices", "items-2024.csv", decimal=",", lookups=[lookup])
    assert len(rows) == 5


def test_files_of_one_source_may_lack_different_optional_columns(exports):
    exports.write("a.csv", "Id,Name,BillingCity,Industry\n1,One,Rome,Steel\n")
    exports.write("b.csv", "Id,Name,BillingCity,IsDeleted\n2,Two,Oslo,false\n3,Three,Oslo,true\n")
    rows = exports.rows("salesforce/accounts", "[ab].csv")
    assert pick(rows, "customer_id", "industry", "status") == [("1", "Steel", "active"), ("2", None, "active")]
