"""Black-and-white images held as bits, and batches drawn from them."""

import numpy as np
from numpy.typing import DTypeLike


class Packed:
    """Images of 0 and 1 as bits in memory, an eighth of their size as bytes; indexing unpacks.

        images = Packed.of(store.open_arrays(path)["images"])
        batch = torch.from_numpy(images.batch(indices))

    Args:
        bits: uint8 (image, row, byte), columns packed as by `numpy.packbits`.
        columns: columns of an image.

    Raises:
        ValueError: rows of another number of bytes than the columns need.
    """

    def __init__(self, bits: np.ndarray, columns: int):
        width = -(-columns // 8)
        if bits.dtype != np.uint8 or bits.ndim != 3 or bits.shape[2] != width:
            raise ValueError(f"bits of {bits.dtype} {bits.shape}: allowed: uint8 (image, row, {width})")
        self.bits, self.columns = bits, columns

    @classmethod
    def of(cls, images: np.ndarray, at_once: int = 7808) -> "Packed":
        """Pack images, some at a time, so that a lazily opened array is never whole in memory as bytes.

        Args:
            images: (image, row, column) of 0 and 1: a numpy array, or an array of a store.
            at_once: images read at once; a multiple of the store's chunk reads no chunk twice.

        Raises:
            ValueError: another number of dimensions, or a value other than 0 and 1.
        """
        if images.ndim != 3:
            raise ValueError(f"images of shape {images.shape}: allowed: (image, row, column)")
        count, rows, columns = images.shape
        bits = np.empty((count, rows, -(-columns // 8)), dtype=np.uint8)
        for first in range(0, count, at_once):
            part = np.asarray(images[first : first + at_once])
            if not ((part == 0) | (part == 1)).all():
                raise ValueError(f"images[{first}:{first + len(part)}] hold other values than 0 and 1")
            bits[first : first + len(part)] = np.packbits(part.astype(bool), axis=-1)
        return cls(bits, columns)

    def __len__(self) -> int:
        return len(self.bits)

    def __getitem__(self, index) -> np.ndarray:
        """Images as uint8 of 0 and 1: an index, a slice or an array of indices."""
        return np.unpackbits(self.bits[index], axis=-1, count=self.columns)

    def batch(self, index, dtype: DTypeLike = np.float32) -> np.ndarray:
        """Images of 0 and 1 as numbers of another type.

        Args:
            index: (image,) of places.
            dtype: of the result.
        """
        return self[index].astype(dtype)
