// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/witness/known_witnesses.h"
#include "authority/witness/log_under_witness.h"
#include "base/clock.h"
#include "checkpoint/checkpoint.h"
#include "http/client.h"

namespace countersign::authority {

// What a witness answered about a checkpoint of our log.
struct WitnessAnswer {
  enum class Kind {
    kCosigned,    // our checkpoint, at this moment
    kKnowsOther,  // it says that it cosigned a larger one, of known_size, or another root; nothing is shown
                  // yet
    kAhead,       // shows a checkpoint that our log signed, larger than the tree that it has
    kBeside,      // shows a checkpoint that our log signed, of another tree than our log's
    kRefuses,     // does not know our log or our key, or may not be asked so
    kFails,       // no answer, or none that counts
  };
  Kind kind = Kind::kFails;
  checkpoint::NoteSignature cosignature = {};  // of kCosigned, verified
  std::uint64_t cosigned_size = 0;             // of kCosigned
  std::uint64_t known_size = 0;                // of kKnowsOther
  std::string shown = {};                      // of kAhead and kBeside: the note
  std::string detail = {};                     // of the others, for the operator's log
};

struct WitnessLimits {
  std::chrono::milliseconds connect{2000};
  std::chrono::milliseconds answer{5000};  // the whole exchange, so that nothing is gained by single bytes
};

// WitnessVoice asks one witness (C2SP tlog-witness). What comes back is signed, so the connection is not
// judged; a size that it names is not, and decides nothing but what is asked next. For one thread; blocks.
class WitnessVoice {
 public:
  // `log` and `clock` outlive it. Errors of http::Client::create.
  static Result<WitnessVoice> open(KnownWitness witness, LogUnderWitness& log, const Clock& clock,
                                   const WitnessLimits& limits = {});

  // Asks for a cosignature of a checkpoint of our log, from the size that the witness named last, again where
  // it names another one, four times at most. Never kAhead or kBeside. A cosignature counts where it is by
  // the witness's key, over this checkpoint, and no more than kClockTolerance from now.
  WitnessAnswer ask(const checkpoint::VerifiedCheckpoint& checkpoint);
  // Asks what it cosigned last, where what it says does not fit: kAhead or kBeside by a checkpoint that our
  // log signed and whoever sees it can verify; kKnowsOther where it shows none, kFails where it shows one
  // that fits.
  WitnessAnswer show();

  const KnownWitness& witness() const { return witness_; }

 private:
  WitnessVoice(KnownWitness witness, std::string path, LogUnderWitness& log, const Clock& clock,
               std::unique_ptr<http::Client> client)
      : witness_(std::move(witness)),
        path_(std::move(path)),
        log_(&log),
        clock_(&clock),
        client_(std::move(client)) {}
  Result<http::Response> send(const checkpoint::VerifiedCheckpoint& checkpoint);
  WitnessAnswer take_lines(BytesView lines, const checkpoint::VerifiedCheckpoint& checkpoint,
                           TimePoint asked) const;
  Result<checkpoint::VerifiedCheckpoint> fetch_shown() const;

  KnownWitness witness_;
  std::string path_;  // of the prefix
  LogUnderWitness* log_;
  const Clock* clock_;
  std::unique_ptr<http::Client> client_;
  std::uint64_t known_size_ = 0;
};

}  // namespace countersign::authority
