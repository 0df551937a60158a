for (const text of ['Feb 29 2024', '29 Feb 2024 10:00 GMT+0200', '2024/02/29', 'Thu, 29 Feb 2024 13:05:09 GMT', '2/29/2024 1:05 PM',
  '2024-02-29 13:05:09', '20240229', '2024-2-9', '12', 'Feb 2024', '2024-02-29T24:00:00Z', '2024-02-29T25:00:00Z', '+012024-02-29T00:00:00Z', '1 January 70', 'Thursday, February 29, 2024 5:00:00 AM EST', '2024-02-29T10:00:00 Z', '']) {
  const date = new Date(text);
  console.log(text, '=>', Number.isNaN(date.getTime()) ? 'Invalid' : date.toISOString());
}
