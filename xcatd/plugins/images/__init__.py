"""Media and images: copying a distribution in, removing an image's files, and bundles of images."""

from xcatd.plugins.images.copycds import copycds
from xcatd.plugins.images.imgexport import imgexport
from xcatd.plugins.images.imgimport import imgimport
from xcatd.plugins.images.rmimage import rmimage

__all__ = ["copycds", "imgexport", "imgimport", "rmimage"]
