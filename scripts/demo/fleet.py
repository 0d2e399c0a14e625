# SPDX-License-Identifier: Apache-2.0
"""Three data centres in two regions under one network map, each with a merchant; in network namespaces of their own or not."""
import pathlib

from demo.namespaces import Backbone
from demo.neighbour import Neighbour, NetworkMap
from demo.network import NETWORK, Network
from demo.processes import LOOPBACK

CENTRES = {"seoul-1": ("kr", "Hanok Books"), "busan-1": ("kr", "Haeundae Surf"), "osaka-1": ("jp", "Naniwa Knives")}


class Fleet:
    """Usable in `with`. The first data centre's folder has the root, too, and the folders of the others. Without a backbone
    all are on loopback."""

    def __init__(self, folder: pathlib.Path, backbone: Backbone | None):
        self.backbone = backbone
        self.centres: dict[str, Network] = {}
        for name, (region, merchant) in CENTRES.items():
            place = backbone.places[name] if backbone else LOOPBACK
            if self.centres:
                self.centres[name] = Neighbour(self.first, name, data_centre_of(name, region), merchant, place)
            else:
                self.centres[name] = Network(folder, place=place)
                self.first.data_centre, self.first.merchant_name = data_centre_of(name, region), merchant

    @property
    def first(self) -> Network:
        return next(iter(self.centres.values()))

    @property
    def others(self) -> list[Network]:
        return list(self.centres.values())[1:]

    def __enter__(self) -> "Fleet":
        try:
            if self.backbone:
                self.backbone.make()
            self.found()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        try:
            self.first.stop()
        finally:
            if self.backbone:
                self.backbone.close()

    def found(self) -> None:
        """Every authority serves the map that names them all."""
        self.first.create_root()
        for centre in self.centres.values():
            centre.create_data_centre()
            centre.start_mail()
            centre.start_authority()
        network_map = NetworkMap(self.first)
        network_map.make_key()
        network_map.add(*self.others)
        network_map.wait_served(*self.centres.values())

    def open_shops(self) -> None:
        """Every data centre has its merchant, with its certificate."""
        for centre in self.centres.values():
            centre.bring_up_merchant()


def data_centre_of(name: str, region: str) -> str:
    return f"OU={name},OU={region},O={NETWORK}"
