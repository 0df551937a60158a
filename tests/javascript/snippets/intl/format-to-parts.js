console.log(new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).formatToParts(-1234.5), new Intl.NumberFormat('en', { style: 'percent' }).formatToParts(0.5).map((p) => p.type));
