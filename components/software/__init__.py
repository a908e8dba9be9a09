"""The software of a fleet's clusters: Helm charts, and manifests as `kubectl apply -f` takes them."""

from .chart import ChartArgs
from .manifest import ManifestArgs
from .place import Place
from .software import Software, SoftwareArgs

__all__ = ["ChartArgs", "ManifestArgs", "Place", "Software", "SoftwareArgs"]
