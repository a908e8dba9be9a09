"""The plugin's process."""

from sandbox.plugins.aws.provider import AwsProvider
from sandbox.plugins.provider.main import serve

serve(AwsProvider())
