import io

from PIL import Image, ImageDraw, ImageFont

image = Image.new("RGB", (64, 48), "white")
draw = ImageDraw.Draw(image)
draw.ellipse((8, 8, 40, 40), fill=(200, 30, 30))
draw.text((2, 2), "hi", font=ImageFont.load_default(), fill="black")
for kind in ("PNG", "JPEG", "WEBP", "GIF"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    print(kind, Image.open(buffer).resize((32, 24)).size)
