"""The SDK of relying parties: open a confirmation, follow it, and get its receipt verified (docs/sdk.md).

It stands beside the service and imports nothing of it: what it checks is what the published formats say.
"""

from authsvc.client.calling import Answer, Client, Conversation, Refused
from authsvc.client.trusting import Trust, Untrusted

__all__ = ["Answer", "Client", "Conversation", "Refused", "Trust", "Untrusted"]
