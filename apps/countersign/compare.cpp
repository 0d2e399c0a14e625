// SPDX-License-Identifier: Apache-2.0
#include "evidence/compare.h"

#include <filesystem>
#include <iostream>

#include "commands.h"
#include "evidence/receipt.h"
#include "merkle/tile.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

using evidence::ComparisonVerdict;

struct CompareArguments {
  std::string first, second;
  TrustOptions trust;
  std::string tiles;
  bool json = false;
};

// FolderTiles reads tiles out of a copy of a log (c2sp.org/tlog-tiles). A copy of a larger tree has full
// tiles in the place of partial ones.
class FolderTiles final : public merkle::TileSource {
 public:
  explicit FolderTiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::vector<merkle::Hash>> tile(const merkle::TileId& tile) override {
    merkle::TileId wider = tile;
    auto found = read(wider);
    while (!found && found.error().code == ErrorCode::kNotFound && wider.width < kFull) {
      ++wider.width;
      found = read(wider);
    }
    if (!found) return found;
    found.value().resize(static_cast<std::size_t>(tile.width));
    return found;
  }

 private:
  static constexpr int kFull = static_cast<int>(merkle::kTileWidth);

  Result<std::vector<merkle::Hash>> read(const merkle::TileId& tile) const {
    const std::filesystem::path file = folder_ / merkle::tile_path(tile);
    TRY(const Bytes bytes, storage::read_file(file, merkle::kTileWidth * sizeof(merkle::Hash)));
    auto hashes = merkle::parse_tile(tile, bytes);
    if (!hashes) return fail(std::move(hashes).error(), file.string());
    return hashes;
  }

  std::filesystem::path folder_;
};

Result<evidence::Report> report_on(const std::string& file, const Trust& trust) {
  TRY(const Bytes receipt, read_document(file));
  if (!evidence::is_receipt(receipt)) return fail(ErrorCode::kUnsupported, file + ": no receipt");
  return evidence::verify_receipt(receipt, trust.roots.front(), trust.policy ? &*trust.policy : nullptr,
                                  verify_options(trust));
}

evidence::Comparison compare_with_tiles(const evidence::Report& first, const evidence::Report& second,
                                        const std::string& folder) {
  if (folder.empty() || !first.log || !second.log) return evidence::compare_receipts(first, second);
  FolderTiles tiles(folder);
  merkle::TileHashes hashes(tiles, std::max(first.log->checkpoint.size, second.log->checkpoint.size));
  return evidence::compare_receipts(first, second, &hashes);
}

int exit_code(ComparisonVerdict verdict) {
  switch (verdict) {
    case ComparisonVerdict::kSameTree:
    case ComparisonVerdict::kConsistent:
      return 0;
    case ComparisonVerdict::kFork:
      return kEvidenceRefused;
    default:
      return kUndecided;
  }
}

Result<int> compare(const CompareArguments& arguments) {
  TRY(const Trust trust, load_trust(arguments.trust));
  TRY(const evidence::Report first, report_on(arguments.first, trust));
  TRY(const evidence::Report second, report_on(arguments.second, trust));
  const evidence::Comparison found = compare_with_tiles(first, second, arguments.tiles);
  std::cout << (arguments.json ? evidence::write_comparison_json(found, first, second) + "\n"
                               : evidence::write_comparison_text(found, first, second));
  return exit_code(found.verdict);
}

}  // namespace

void add_compare_command(CLI::App& app, Command& command) {
  CLI::App* leaf =
      app.add_subcommand("compare", "Find out whether two receipts show one history of the log, or two");
  const auto arguments = std::make_shared<CompareArguments>();
  leaf->add_option("first", arguments->first, "A receipt")->required();
  leaf->add_option("second", arguments->second, "Another one, of the same log")->required();
  add_trust_options(*leaf, arguments->trust);
  leaf->add_option("--tiles", arguments->tiles,
                   "Folder of a copy of the log's tiles, for receipts of trees of different sizes");
  leaf->add_flag("--json", arguments->json, "Print the result for programs");
  leaf->footer(
      "Exits with 0 where they show one history, 1 for a fork, 2 where it could not be done, 3 where they do "
      "not "
      "say enough.");
  leaf->callback([arguments, &command] { command = [arguments] { return compare(*arguments); }; });
}

}  // namespace countersign::app
