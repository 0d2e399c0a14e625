// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "authority/log/log_head.h"
#include "authority/log/log_reader.h"
#include "authority/log/public_folder.h"
#include "base/repeated_events.h"
#include "checkpoint/checkpoint.h"
#include "http/metrics.h"

namespace countersign::authority {

// Which of the files of a tile: its hashes, or the entries below a tile of level 0.
enum class TileKind { kHashes, kEntries };
std::string tile_file_path(const merkle::TileId& tile, TileKind kind);
// How many octets that file has.
std::size_t tile_file_size(const merkle::TileId& tile, TileKind kind);

// Names of the published checkpoints, in the folder and below /log.
inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kWitnessedCheckpointFile = "checkpoint.witnessed";

// The log as it is committed.
using NewestHead = std::function<std::shared_ptr<const LogHead>()>;

// TilePublisher signs what was committed to the log, stores the checkpoint, and writes into a folder, for
// everybody to fetch, first the tiles that are new, durably, then the checkpoint that covers them. So
// whatever the checkpoint in the folder covers is there. Beside it stands, as checkpoint.witnessed, the
// newest one that enough witnesses have cosigned, of this tree or of one before. A disk that is full, or a
// folder that is gone, holds up nobody but who fetches: it is told and tried again. Thread-safe; several
// processes may publish one store into one folder.
class TilePublisher {
 public:
  struct Parts {
    const LogReader& log;
    NewestHead newest;
    PublicFolder& folder;
    const Clock& clock;
    http::Metrics& metrics;
  };
  struct Options {
    std::chrono::milliseconds every{1000};  // looks for what is new
    std::uint64_t piece = 65'536;           // entries between two syncs, where much is new
  };
  // Looks at the folder: at its checkpoint, and the files at the edge of that one's tree, which are mended.
  // Reads no more than these, whatever the size of the log. kConflict where the folder's checkpoint is of
  // another log or key, or of a tree that the store's is not a continuation of: then the store is an older
  // copy, or the folder another's, and nothing must be signed. Fails, too, where it cannot be read whether
  // there is one. What else is wrong with the folder is told, and mended later. Parts outlive the publisher.
  static Result<std::unique_ptr<TilePublisher>> open(Parts parts, Options options);
  static Result<std::unique_ptr<TilePublisher>> open(Parts parts) {
    return open(std::move(parts), Options());
  }
  ~TilePublisher() { stop(); }

  void start();
  // Publishes what is committed, if it can, and ends the thread.
  void stop();

  // kUnavailable while the folder's checkpoint is such a conflict, as somebody put it there since. From any
  // thread.
  Result<void> may_sign() const;
  // Publishes what is committed now.
  Result<void> publish();
  // The content of a file that the published tree has, out of the store; it is written anew, if it can be.
  // kNotFound for a tile that it has not, or not with this width.
  Result<Bytes> mend(const merkle::TileId& tile, TileKind kind);
  // Entries that the checkpoint in the folder covers.
  std::uint64_t published() const { return published_.load(); }

 private:
  TilePublisher(Parts parts, Options options);
  void run();
  void try_publish();
  void show(const LogHead& head);
  Result<LogCheckpoint> store_signed(const LogHead& head);
  Result<bool> publish_piece();
  struct Found {
    std::string note;  // empty: none that is whole
    std::uint64_t size = 0;
    bool is_spoilt = false;
  };
  Result<std::optional<Found>> look();
  Result<void> take_up();
  Result<std::optional<checkpoint::Checkpoint>> judge(std::string_view note) const;
  Result<void> mend_edge(std::uint64_t size);
  Result<bool> write_tiles(std::uint64_t newest);
  Result<Bytes> content_of(const merkle::TileId& tile, TileKind kind) const;
  Result<void> write_tile(const merkle::TileId& tile);
  Result<void> remove_outgrown(std::uint64_t size);
  Result<void> write_witnessed(const std::optional<LogCheckpoint>& witnessed);

  const Parts parts_;
  const checkpoint::VerifierKey key_;  // of the log
  const Options options_;
  RepeatedEvents failures_told_{std::chrono::minutes(1)};
  http::Gauge &size_, &published_size_, &age_, &lag_;
  http::Counter& failures_;
  std::atomic<std::uint64_t> published_{0};
  std::atomic<bool> is_contradicted_{false};  // by the checkpoint in the folder

  std::mutex publishing_;            // guards what follows, while files are written
  std::optional<std::string> note_;  // of the folder's checkpoint, after it was looked at; empty: none
  std::uint64_t stored_ = 0;         // size of the checkpoint that was stored last
  std::uint64_t written_ = 0;        // entries whose finished tiles are written and synced
  std::set<merkle::TileId>
      unfinished_;  // tiles that were written before they were finished; as finished ones
  std::optional<TimePoint> behind_since_;

  std::mutex mutex_;  // guards what follows, held for moments only
  std::condition_variable stopped_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign::authority
