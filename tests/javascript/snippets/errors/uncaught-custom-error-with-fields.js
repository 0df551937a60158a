class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.details = { retry: true, list: [1, 2] };
  }
}
throw new HttpError(404, 'Not found');
