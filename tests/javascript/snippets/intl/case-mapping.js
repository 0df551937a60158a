console.log('istanbul'.toLocaleUpperCase('tr'), 'ISTANBUL'.toLocaleLowerCase('tr'), 'ß'.toLocaleUpperCase('de'), 'Σας'.toLocaleLowerCase('el'), 'i'.toLocaleUpperCase());
