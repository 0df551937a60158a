from lxml import etree, html

root = etree.fromstring("<shop><item price='3'>tea</item><item price='5'>coffee</item></shop>")
print(root.xpath("sum(//item/@price)"), [item.text for item in root.iter("item")])
page = html.fromstring("<p>one <a href='/two'>two</a>")
print(page.xpath("//a/@href"), etree.tostring(root[0]).decode())
