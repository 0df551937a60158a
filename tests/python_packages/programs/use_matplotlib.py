import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([1, 2, 3], [3, 1, 2], label="sold")
axes.set_title("Sales é")
axes.legend()
figure.savefig("/tmp/figure.png")
data = open("/tmp/figure.png", "rb").read()
print(data[:8] == b"\x89PNG\r\n\x1a\n", len(data) > 5000)
image = plt.imread("/tmp/figure.png")
print(image.shape)
