console.log(['résumé', 'resume', 'Resume', 'zebra', 'äpfel', 'Apfel'].sort((a, b) => a.localeCompare(b)));
console.log('a'.localeCompare('b'), 'b'.localeCompare('a'), 'a'.localeCompare('a'), 'a' < 'B', 'a'.localeCompare('B'), '10'.localeCompare('2'), '10'.localeCompare('2', undefined, { numeric: true }));
