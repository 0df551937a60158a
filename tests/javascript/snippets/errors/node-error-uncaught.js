Buffer.from(5);
