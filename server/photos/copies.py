"""Smaller copies of photos: made when somebody first asks for one, and kept beside the photos. What is lost of them is made again."""

from pathlib import Path

from server.photos.bytes import DiskStore, Store
from server.photos.images import smaller


class Copies:
    """Copies of at most this width and height, below one folder as photos are."""

    def __init__(self, store: Store, folder: Path, most: tuple[int, int]) -> None:
        self.store, self.kept, self.most = store, DiskStore(folder), most

    async def get(self, sha256: str) -> bytes | None:
        """A JPEG, upright; None where there is no such photo."""
        small = await self.kept.get(sha256)
        if small is None and (content := await self.store.get(sha256)) is not None:
            small = await smaller(content, self.most)
            await self.kept.put(sha256, small)
        return small
