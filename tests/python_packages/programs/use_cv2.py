import cv2
import numpy as np

image = np.zeros((60, 80, 3), np.uint8)
cv2.circle(image, (40, 30), 20, (255, 255, 255), -1)
edges = cv2.Canny(cv2.GaussianBlur(image, (5, 5), 0), 50, 150)
contours, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
cv2.imwrite("/tmp/edges.png", edges)
print(len(contours), cv2.imread("/tmp/edges.png").shape, cv2.resize(image, (40, 30)).shape)
