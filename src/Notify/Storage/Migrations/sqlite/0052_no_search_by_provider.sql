-- Nothing looks a delivery up by what the provider calls it: a receipt carries the delivery's own id. Each accepted row paid for it.
DROP INDEX ix_deliveries_provider;
