"""Visual Studio's web performance tests and load tests (XML). `words.md` says what becomes of each term."""
