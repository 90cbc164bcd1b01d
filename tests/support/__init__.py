"""What tests share: servers, fakes and data. No test module is imported by another."""
