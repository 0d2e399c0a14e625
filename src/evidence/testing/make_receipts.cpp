// SPDX-License-Identifier: Apache-2.0
// Writes the receipts of tests/vectors/receipts, with new keys: `make_receipts FOLDER`.
#include <filesystem>
#include <fstream>

#include "evidence/testing/sample_log.h"
#include "merkle/tile.h"

namespace {

using namespace countersign;
using documents::Receipt;
using evidence::SampleLog;

struct Folder {
  std::filesystem::path path;
  void write(const std::filesystem::path& file, BytesView bytes) const {
    std::filesystem::create_directories((path / file).parent_path());
    std::ofstream(path / file, std::ios::binary) << as_text(bytes);
  }
  void write(const std::string& name, const Receipt& receipt) const {
    write(name + std::string(documents::kReceiptFileEnding), documents::write_receipt(receipt));
  }
};

void write_tiles(const Folder& folder, SampleLog& log) {
  for (const merkle::TileId& tile : merkle::new_tiles(0, log.size())) {
    std::vector<merkle::NodeId> nodes;
    for (int i = 0; i < tile.width; ++i)
      nodes.push_back({tile.level * merkle::kTileHeight,
                       tile.number * merkle::kTileWidth + static_cast<std::uint64_t>(i)});
    folder.write(merkle::tile_path(tile), merkle::write_tile(take(log.hashes(nodes))));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const Folder folder{arguments[1]};
  const evidence::Trade trade;
  SampleLog log(trade);
  log.append_others(300);
  Receipt receipt = log.confirm();
  folder.write("earlier", receipt);
  SampleLog lie = log;
  log.append_others(119);
  log.prove(receipt, 300);
  folder.write("good", receipt);
  SampleLog::Changes one_witness;
  one_witness.witnesses = 1;
  log.prove(receipt, 300, one_witness);
  receipt.state = documents::WitnessState::kPending;
  folder.write("pending", receipt);
  Receipt told = lie.confirm();
  lie.append_others(118);
  lie.prove(told, 301);
  folder.write("fork", told);
  folder.write("confirmation.p7m", receipt.confirmation);
  folder.write("network-root.pem", as_bytes(trade.root.certificate.pem()));
  folder.write("policy", as_bytes(log.policy()));
  write_tiles(folder, log);
  return 0;
}
