// SPDX-License-Identifier: Apache-2.0
#include "authority/log/tile_publisher.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"

namespace countersign::authority {
namespace {

using merkle::TileId;

constexpr std::size_t kEntryFileSize = 2 + documents::LogEntryBytes().size();

std::vector<TileKind> kinds_of(const TileId& tile) {
  if (tile.level == 0) return {TileKind::kHashes, TileKind::kEntries};
  return {TileKind::kHashes};
}

bool is_full(const TileId& tile) {
  return tile.width == static_cast<int>(merkle::kTileWidth);
}

// The unfinished tile of each level, and the one that was finished last.
std::vector<TileId> edge_of(std::uint64_t size) {
  std::vector<TileId> edge;
  int level = 0;
  for (std::uint64_t hashes = size; hashes > 0; hashes /= merkle::kTileWidth, ++level) {
    const std::uint64_t finished = hashes / merkle::kTileWidth;
    if (finished > 0) edge.push_back({level, finished - 1});
    if (const auto width = static_cast<int>(hashes % merkle::kTileWidth); width > 0)
      edge.push_back({level, finished, width});
  }
  return edge;
}

}  // namespace

std::string tile_file_path(const TileId& tile, TileKind kind) {
  return kind == TileKind::kEntries ? merkle::entries_path(tile) : merkle::tile_path(tile);
}

std::size_t tile_file_size(const TileId& tile, TileKind kind) {
  const std::size_t each = kind == TileKind::kEntries ? kEntryFileSize : merkle::Hash().size();
  return static_cast<std::size_t>(tile.width) * each;
}

TilePublisher::TilePublisher(Parts parts, Options options)
    : parts_(std::move(parts)),
      key_(parts_.newest()->key()),
      options_(options),
      size_(parts_.metrics.gauge("countersign_log_size", "Entries of the public log.")),
      published_size_(parts_.metrics.gauge("countersign_log_published_size",
                                           "Entries that the published checkpoint covers.")),
      age_(parts_.metrics.gauge("countersign_log_checkpoint_age_seconds",
                                "How long ago the newest entry was logged.")),
      lag_(parts_.metrics.gauge("countersign_log_publish_lag_seconds",
                                "For how long something has waited to be published.")),
      failures_(parts_.metrics.counter("countersign_log_publish_failures_total",
                                       "Tries to publish the log that failed; each is made again.")) {}

Result<std::unique_ptr<TilePublisher>> TilePublisher::open(Parts parts, Options options) {
  std::unique_ptr<TilePublisher> publisher(new TilePublisher(std::move(parts), options));
  const std::lock_guard lock(publisher->publishing_);
  TRY(publisher->look());
  const auto mended = [&]() -> Result<void> {
    TRY(const auto held, publisher->parts_.folder.hold());
    return publisher->take_up();
  }();
  if (!mended && mended.error().code == ErrorCode::kConflict) return fail(mended.error());
  if (!mended) log_error("log_folder", mended.error());
  return publisher;
}

Result<void> TilePublisher::may_sign() const {
  if (!is_contradicted_) return ok();
  return fail(ErrorCode::kUnavailable, "log folder: it contradicts the store");
}

void TilePublisher::start() {
  thread_ = std::thread([this] { run(); });
}

void TilePublisher::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    is_stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TilePublisher::run() {
  for (;;) {
    try_publish();
    std::unique_lock lock(mutex_);
    if (stopped_.wait_for(lock, options_.every, [this] { return is_stopping_; })) break;
  }
  try_publish();
}

// The one catch of this thread.
void TilePublisher::try_publish() try {
  const auto published = publish();
  if (published) return;
  failures_.add();
  const auto times =
      failures_told_.note(std::string(error_name(published.error().code)), std::chrono::steady_clock::now());
  if (times) log_error("log_not_published", published.error(), {{"times", std::to_string(*times)}});
} catch (const std::exception& fault) {
  failures_.add();
  log_error("log_not_published", {ErrorCode::kInternal, fault.what()});
}

Result<void> TilePublisher::publish() {
  bool is_done = false;
  while (!is_done) {
    const std::lock_guard lock(publishing_);
    TRY(is_done, publish_piece());
  }
  return ok();
}

void TilePublisher::show(const LogHead& head) {
  const TimePoint now = parts_.clock.now();
  const auto seconds = [&](TimePoint since) {
    return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - since).count());
  };
  if (note_ && published_ >= head.size()) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  }
  size_.set(static_cast<std::int64_t>(head.size()));
  published_size_.set(static_cast<std::int64_t>(published_.load()));
  age_.set(seconds(head.time()));
  lag_.set(behind_since_ ? seconds(*behind_since_) : 0);
}

// In the store before it is anywhere else.
Result<LogCheckpoint> TilePublisher::store_signed(const LogHead& head) {
  TRY(LogCheckpoint signed_head, head.checkpoint());
  if (signed_head.size > stored_) {
    TRY(parts_.log.keep_signed({key_.name, signed_head, head.time()}));
    stored_ = signed_head.size;
  }
  return signed_head;
}

// Whether all that is committed is published. Other processes have their turn between two pieces.
Result<bool> TilePublisher::publish_piece() {
  TRY(const auto witnessed, parts_.log.witnessed());  // before the head, which is at least as large
  const std::shared_ptr<const LogHead> head = parts_.newest();
  show(*head);
  const auto looked = look();
  if (!looked && looked.error().code == ErrorCode::kConflict) return fail(looked.error());
  TRY(const LogCheckpoint newest, store_signed(*head));
  TRY(const auto held, parts_.folder.hold());
  TRY(take_up());
  if (!note_->empty() && published_ >= newest.size) {  // also where another process is further
    TRY(write_witnessed(witnessed));
    return true;
  }
  TRY(const bool are_written, write_tiles(newest.size));
  if (!are_written) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return fail(ErrorCode::kUnavailable, "log: stopped while much is to be published");
    return false;
  }
  TRY(parts_.folder.write(kCheckpointFile, as_bytes(newest.note)));
  TRY(parts_.folder.sync());
  note_ = newest.note;
  published_ = newest.size;
  show(*head);
  TRY(remove_outgrown(newest.size));
  TRY(write_witnessed(witnessed));
  return true;
}

// What the folder says, where that is not what was found or written there last; nothing else. Needs no hold.
Result<std::optional<TilePublisher::Found>> TilePublisher::look() {
  auto content = parts_.folder.read(kCheckpointFile, checkpoint::kMaxNoteSize);
  if (!content && content.error().code != ErrorCode::kTooLarge) return fail(content.error());
  const bool is_there = !content || content.value().has_value();
  std::string note = content && content.value() ? to_text(*content.value()) : std::string();
  if (note_ && *note_ == note) {
    is_contradicted_ = false;
    return std::optional<Found>();
  }
  const auto judged = judge(note);
  if (judged || judged.error().code == ErrorCode::kConflict) is_contradicted_ = !judged;
  if (!judged) return fail(judged.error());
  if (!judged.value()) return std::optional(Found{{}, 0, is_there});
  return std::optional(Found{std::move(note), judged.value()->size, false});
}

// Goes on from what the folder says; for who holds it.
Result<void> TilePublisher::take_up() {
  TRY(auto found, look());
  if (!found) return ok();
  if (found->is_spoilt) log_event(LogLevel::kWarning, "log_checkpoint_spoilt");
  TRY(mend_edge(found->size));
  note_ = std::move(found->note);
  published_ = found->size;
  written_ = found->size;
  return ok();
}

// Nothing for what is no whole checkpoint.
Result<std::optional<checkpoint::Checkpoint>> TilePublisher::judge(std::string_view note) const {
  const auto claimed = checkpoint::claimed_checkpoint(note);
  if (!claimed) return std::optional<checkpoint::Checkpoint>();
  if (claimed.value().origin != key_.name)
    return fail(ErrorCode::kConflict, "log folder: holds another log, " + claimed.value().origin);
  TRY(const auto parsed, checkpoint::parse_note(note));
  if (std::ranges::none_of(parsed.signatures, [this](const checkpoint::NoteSignature& signature) {
        return checkpoint::is_named_by(signature, key_);
      }))
    return fail(ErrorCode::kConflict, "log folder: its checkpoint is signed by another key of " + key_.name);
  const auto verified = checkpoint::verify_checkpoint(note, key_);
  if (!verified) return std::optional<checkpoint::Checkpoint>();
  const checkpoint::Checkpoint& published = verified.value().checkpoint;
  const auto root = parts_.log.root_at(published.size);
  if (!root && root.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kConflict,
                "log folder: " + std::to_string(published.size) +
                    " entries were published, and the store has fewer: it is an older copy; use restore");
  if (!root) return fail(root.error());
  if (root.value() != published.root)
    return fail(ErrorCode::kConflict, "log folder: another tree of " + std::to_string(published.size) +
                                          " entries was published than the store has");
  return std::optional(published);
}

Result<void> TilePublisher::mend_edge(std::uint64_t size) {
  TRY(parts_.folder.clean(kCheckpointFile));
  for (const TileId& tile : edge_of(size)) {
    for (const TileKind kind : kinds_of(tile)) {
      TRY(parts_.folder.clean(tile_file_path(tile, kind)));
    }
    TRY(write_tile(tile));
  }
  return parts_.folder.sync();
}

// Whether all up to `newest` is there. Of tiles that are unfinished, those at the end of the last piece are
// written only.
Result<bool> TilePublisher::write_tiles(std::uint64_t newest) {
  const std::uint64_t end = std::min(newest, (written_ / options_.piece + 1) * options_.piece);
  std::vector<TileId> tiles = merkle::new_tiles(written_, end);
  std::erase_if(tiles, [](const TileId& tile) { return !is_full(tile); });
  if (end == newest)
    std::ranges::copy_if(edge_of(newest), std::back_inserter(tiles),
                         [](const TileId& tile) { return !is_full(tile); });
  for (const TileId& tile : tiles) {
    TRY(write_tile(tile));
  }
  TRY(parts_.folder.sync());
  written_ = end;
  if (end < newest)
    log_event(LogLevel::kInfo, "log_publishing",
              {{"entries", std::to_string(end)}, {"of", std::to_string(newest)}});
  return end == newest;
}

Result<Bytes> TilePublisher::content_of(const TileId& tile, TileKind kind) const {
  return kind == TileKind::kEntries ? parts_.log.entries_file(tile) : parts_.log.tile_file(tile);
}

// Leaves alone what is there and right.
Result<void> TilePublisher::write_tile(const TileId& tile) {
  if (!is_full(tile)) unfinished_.insert({tile.level, tile.number});
  for (const TileKind kind : kinds_of(tile)) {
    TRY(const Bytes content, content_of(tile, kind));
    const std::string path = tile_file_path(tile, kind);
    const auto there = parts_.folder.read(path, content.size());
    if (there && there.value() == content) continue;
    TRY(parts_.folder.write(path, content));
  }
  return ok();
}

// Unfinished tiles go when the published checkpoint covers the finished ones.
Result<void> TilePublisher::remove_outgrown(std::uint64_t size) {
  for (auto tile = unfinished_.begin(); tile != unfinished_.end();) {
    if (merkle::tile_width(tile->level, tile->number, size) < tile->width) {
      ++tile;
      continue;
    }
    for (const TileKind kind : kinds_of(*tile)) {
      TRY(parts_.folder.remove(tile_file_path(*tile, kind) + ".p"));
    }
    tile = unfinished_.erase(tile);
  }
  return ok();
}

// For who demands witnesses: the newest checkpoint is ahead of them. Only where what it covers is there.
Result<void> TilePublisher::write_witnessed(const std::optional<LogCheckpoint>& witnessed) {
  if (!witnessed) return ok();
  const auto there = parts_.folder.read(kWitnessedCheckpointFile, checkpoint::kMaxNoteSize);
  if (there && there.value() && as_text(*there.value()) == witnessed->note) return ok();
  const auto verified = checkpoint::verify_checkpoint(witnessed->note, key_);
  if (!verified || verified.value().checkpoint.size > published_) return ok();
  TRY(parts_.folder.write(kWitnessedCheckpointFile, as_bytes(witnessed->note)));
  return parts_.folder.sync();
}

Result<Bytes> TilePublisher::mend(const TileId& tile, TileKind kind) {
  if (merkle::tile_width(tile.level, tile.number, published()) != tile.width)
    return fail(ErrorCode::kNotFound, "log: no " + tile_file_path(tile, kind));
  TRY(Bytes content, content_of(tile, kind));
  const std::string path = tile_file_path(tile, kind);
  auto written = parts_.folder.write(path, content);
  if (written) written = parts_.folder.sync();
  if (written) {
    log_event(LogLevel::kWarning, "log_file_mended", {{"file", path}});
  } else if (failures_told_.note("mend", std::chrono::steady_clock::now())) {
    log_error("log_file_not_mended", written.error(), {{"file", path}});
  }
  return content;
}

}  // namespace countersign::authority
