function thrown() {}
throw thrown;
