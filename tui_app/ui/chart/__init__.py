"""The panel of charts: times by pages, throughput, latencies, requests in flight, and why."""
