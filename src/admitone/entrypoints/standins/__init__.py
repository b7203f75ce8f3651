"""Payment companies we play ourselves, each a stateful ASGI application: for the demo, and for tests of adapters.

A stand-in speaks a provider's documented interface, shows a payment page in the provider's place and signs its
webhooks as the provider does, so an adapter is only given another address. No real money moves anywhere. It is written
from the provider's documents, and shares no code with the adapter it is there to try: two mistakes must not agree.

Each package has `create_app(...)`, which gives a Starlette application. They have in common:

* `observe(method, path, headers, body)` is called with every request to the interface before it is answered; `path`
  keeps its query. Tests hold each request against the provider's own document (`tests/support/provider_documents.py`);
* knobs let it behave as badly as real ones do: calls that never arrive, fail, or lose their answer after the work was
  done; webhooks that come late, twice, out of order or never;
* state is in memory, or in a small file when a path is given, so that a demo started again has forgotten nothing.
"""
