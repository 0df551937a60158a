import openpyxl

book = openpyxl.Workbook()
sheet = book.active
for row in (["what", "n"], ["tea", 3], ["coffee", 5]):
    sheet.append(row)
sheet["B4"] = "=SUM(B2:B3)"
book.save("/tmp/book.xlsx")
again = openpyxl.load_workbook("/tmp/book.xlsx").active
print([[cell.value for cell in row] for row in again.iter_rows()])
