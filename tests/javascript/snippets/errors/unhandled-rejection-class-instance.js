class Failure { constructor() { this.why = 'x'; } }
Promise.reject(new Failure());
