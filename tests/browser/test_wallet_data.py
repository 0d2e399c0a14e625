# SPDX-License-Identifier: Apache-2.0
"""The wallet's settings in a real browser: what the holder keeps on the card, and the PCs."""
from browser import play_in_browser
from demo.computer import Computer
from demo.network import PIN, Network
from demo.story import EMAIL


def test_a_holder_keeps_data_on_the_card_pairs_a_pc_and_unpairs_it(tmp_path):
    with Network(tmp_path / "network") as network:
        network.bring_up()
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.start_wallet_screen()
        computer = Computer(tmp_path / "pc", network.programs["countersign-mediator"])
        computer.install(network.root_pem, network.ports["link"])
        play_in_browser("wallet_data.mjs", {
            "wallet": network.wallet_url, "pin": PIN, "environment": computer.environment,
            "mediator": [str(computer.program), "--config", str(computer.config)]})
        network.screen.stop()
        pin = ("--pin-file", network.wallet_folder / "pin")
        personal = network.wallet("personal", "show", *pin)
        for fact in ("홍길동", "서울특별시 종로구 북촌로 1", "1990-12-31", "+82 10 1234 5678", "AB+"):
            assert fact in personal
        assert "1111" in network.wallet("means", "list", *pin)
        assert not network.wallet("pairings")
