// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "crypto/digest.h"
#include "x509/cms.h"
#include "x509/ocsp.h"
#include "x509/path.h"

namespace countersign::documents {

// One change of the status of a certificate that a data centre issued.
struct StatusFeedChange {
  std::int64_t sequence = 0;  // 1, 2, 3 … within an epoch, without gaps
  x509::SerialNumber serial;
  x509::StatusKind kind = x509::StatusKind::kRevoked;                    // kGood or kRevoked
  x509::RevocationReason reason = x509::RevocationReason::kUnspecified;  // kRevoked only; on hold is a reason
  TimePoint changed;
};

// A place in a data centre's feed of status changes: after so many of them, chained to this digest. An epoch
// is one history; a store that was restored begins another.
struct StatusFeedPosition {
  std::array<std::uint8_t, 16> epoch{};
  std::int64_t sequence = 0;
  Sha256Digest digest{};

  friend bool operator==(const StatusFeedPosition&, const StatusFeedPosition&) = default;
};

// The digest of an epoch's beginning, and that after one more change: SHA-256 over the digest before and the
// change as docs/protocols/status-feed.md encodes it.
Sha256Digest first_feed_digest(const std::array<std::uint8_t, 16>& epoch);
Sha256Digest next_feed_digest(const Sha256Digest& before, const StatusFeedChange& change);

// StatusFeedRequest asks a data centre for what changed since a place in its feed (type
// "status-feed-request", version 1). Not signed: it says nothing that anybody relies on.
struct StatusFeedRequest {
  x509::Name data_centre;                   // whose feed
  std::optional<StatusFeedPosition> after;  // none: begin with the newest place
  Sha256Digest nonce{};                     // 32 random octets; the page repeats them
  std::chrono::milliseconds wait{0};        // how long to wait for a change where there is none; at most 1 s
};
inline constexpr std::size_t kMaxStatusFeedRequest = 4096;
inline constexpr std::chrono::milliseconds kMostFeedWait{1000};
Bytes write_status_feed_request(const StatusFeedRequest& request);
Result<StatusFeedRequest> parse_status_feed_request(BytesView json);

// StatusFeedPage answers it (type "status-feed", version 1): the changes that follow `after` in their order.
// Made for one nonce, it shows what its data centre knew after the question was sent: nobody on the way can
// hold it back or play it again for longer than the asker waits. It repeats the place that was asked for, so
// that nobody on the way can ask for another one instead. Without changes it is the heartbeat.
struct StatusFeedPage {
  x509::Name data_centre;
  Sha256Digest nonce{};
  std::optional<StatusFeedPosition> asked;  // of the request: its `after`
  TimePoint time;                           // of the data centre's clock, when it was signed
  StatusFeedPosition after;  // where `changes` begin: what was asked for, if that is of this history
  std::vector<StatusFeedChange> changes;  // at most kMaxChangesOfAPage
  std::int64_t newest = 0;  // sequence of the newest change; beyond the last of `changes`: ask on
};
inline constexpr std::size_t kMaxChangesOfAPage = 500;
inline constexpr std::size_t kMaxStatusFeedPage = 256 << 10;
inline constexpr std::size_t kMaxSignedStatusFeedPage = kMaxStatusFeedPage + (16 << 10);
// kTooLarge, kMalformed for what parse_status_feed_page would refuse.
Result<Bytes> write_status_feed_page(const StatusFeedPage& page);
// Sequences follow each other without gap from `after`; kMalformed.
Result<StatusFeedPage> parse_status_feed_page(BytesView json);

// Where a page ends: `after`, and every change chained to it.
StatusFeedPosition end_of(const StatusFeedPage& page);

// sign_status_feed_page makes the CMS of a page. The data centre's OCSP responder signs it: who speaks of
// statuses in answers speaks of them in the feed.
Result<Bytes> sign_status_feed_page(const x509::Signer& responder, const StatusFeedPage& page);
// verify_status_feed_page verifies it under `anchor` at `at`: signed in the role kOcspResponder, the
// responder's issuer is one of `cas` (those of the data centre), and the page answers `request`: it is of its
// data centre and repeats its nonce and its place. Says nothing about the clock of the data centre nor about
// where the page begins. kNameNotPermitted for another data centre or its responder, kConflict for another
// nonce or place.
Result<StatusFeedPage> verify_status_feed_page(BytesView der, const x509::TrustAnchor& anchor,
                                               const std::vector<x509::Certificate>& cas,
                                               const StatusFeedRequest& request, TimePoint at);

}  // namespace countersign::documents
