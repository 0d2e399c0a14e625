// SPDX-License-Identifier: Apache-2.0
#include "documents/status_feed.h"

#include <algorithm>

#include "documents/fields.h"
#include "documents/text_rules.h"
#include "x509/cms_statement.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kRequestLimits{.bytes = kMaxStatusFeedRequest, .depth = 2, .members = 16};
constexpr JsonLimits kPageLimits{
    .bytes = kMaxStatusFeedPage, .depth = 3, .members = 32 + 6 * kMaxChangesOfAPage};
constexpr std::string_view kEpochPrefix = "countersign-status-feed-1";
constexpr std::size_t kLongestSerialHex = 40;
constexpr std::size_t kLongestReason = 32;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "status feed: " + std::string(what));
}

// --- JSON

boost::json::object write_position(const StatusFeedPosition& position) {
  return {{"epoch", hex_encode(position.epoch)},
          {"sequence", position.sequence},
          {"digest", hex_encode(position.digest)}};
}

boost::json::value position_or_null(const std::optional<StatusFeedPosition>& position) {
  return position ? boost::json::value(write_position(*position)) : boost::json::value(nullptr);
}

Result<std::array<std::uint8_t, 16>> read_epoch(ObjectReader& reader) {
  std::array<std::uint8_t, 16> epoch{};
  TRY(const std::string text, reader.text("epoch", 2 * epoch.size()));
  const Result<Bytes> bytes = hex_decode(text);
  if (!bytes || bytes.value().size() != epoch.size() || hex_encode(bytes.value()) != text)
    return malformed("epoch: not 32 lower-case hexadecimal digits");
  std::ranges::copy(bytes.value(), epoch.begin());
  return epoch;
}

Result<StatusFeedPosition> read_position(ObjectReader reader) {
  StatusFeedPosition position;
  TRY(position.epoch, read_epoch(reader));
  TRY(position.sequence, reader.integer("sequence", 0, kLargestInteger));
  TRY(position.digest, reader.digest("digest"));
  TRY(reader.finish());
  if (position.sequence == 0 && position.digest != first_feed_digest(position.epoch))
    return malformed("place: not the digest that an epoch begins with");
  return position;
}

Result<std::optional<StatusFeedPosition>> read_position_or_null(ObjectReader& reader,
                                                                std::string_view member) {
  TRY(std::optional<ObjectReader> object, reader.object_or_null(member));
  if (!object) return std::optional<StatusFeedPosition>();
  TRY(StatusFeedPosition position, read_position(std::move(*object)));
  return std::optional(position);
}

boost::json::object write_change(const StatusFeedChange& change) {
  boost::json::object object;
  object["sequence"] = change.sequence;
  object["serial"] = change.serial.hex();
  const bool is_good = change.kind == x509::StatusKind::kGood;
  object["status"] = is_good ? "good" : change.kind == x509::StatusKind::kRevoked ? "revoked" : "unknown";
  object["reason"] = text_or_null(is_good ? std::string_view() : x509::reason_name(change.reason));
  object["changed"] = format_time(change.changed);
  return object;
}

Result<x509::SerialNumber> read_serial(ObjectReader& reader) {
  TRY(const std::string text, reader.text("serial", kLongestSerialHex));
  Result<x509::SerialNumber> serial = x509::SerialNumber::from_hex(text);
  if (!serial) return fail(std::move(serial).error(), "status feed");
  if (serial.value().hex() != text) return malformed("serial: not lower-case hexadecimal digits");
  return serial;
}

Result<StatusFeedChange> read_change(ObjectReader& reader) {
  StatusFeedChange change;
  TRY(change.sequence, reader.integer("sequence", 1, kLargestInteger));
  TRY(change.serial, read_serial(reader));
  TRY(const std::string status, reader.text("status", kLongestReason));
  TRY(const std::string reason, reader.text_or_null("reason", kLongestReason));
  TRY(change.changed, reader.time("changed"));
  TRY(reader.finish());
  if (status == "good") {
    if (!reason.empty()) return malformed("reason: of a certificate that is good");
    change.kind = x509::StatusKind::kGood;
    return change;
  }
  if (status != "revoked") return malformed("status: neither good nor revoked");
  const auto known = x509::reason_of_name(reason);
  if (!known) return malformed("reason: not known");
  change.kind = x509::StatusKind::kRevoked;
  change.reason = *known;
  return change;
}

Result<void> check_page(const StatusFeedPage& page) {
  std::int64_t last = page.after.sequence;
  for (const StatusFeedChange& change : page.changes) {
    if (change.sequence != last + 1) return malformed("changes: do not follow each other");
    last = change.sequence;
  }
  if (page.newest < last) return malformed("newest: before the last of the changes");
  if (page.changes.empty() && page.newest != last)
    return malformed("changes: none, although there are newer");
  return ok();
}

// --- the chain

void put(Bytes& out, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
}

}  // namespace

Sha256Digest first_feed_digest(const std::array<std::uint8_t, 16>& epoch) {
  return crypto::sha256_of({as_bytes(kEpochPrefix), epoch});
}

Sha256Digest next_feed_digest(const Sha256Digest& before, const StatusFeedChange& change) {
  const bool is_good = change.kind == x509::StatusKind::kGood;
  Bytes encoded;
  put(encoded, change.sequence);
  encoded.push_back(static_cast<std::uint8_t>(change.serial.bytes().size()));
  encoded.insert(encoded.end(), change.serial.bytes().begin(), change.serial.bytes().end());
  encoded.push_back(is_good ? 0 : 1);
  encoded.push_back(is_good ? 0 : static_cast<std::uint8_t>(change.reason));
  put(encoded, unix_seconds(change.changed));
  return crypto::sha256_of({before, encoded});
}

Bytes write_status_feed_request(const StatusFeedRequest& request) {
  boost::json::object object = begin_document("status-feed-request");
  object["dataCentre"] = request.data_centre.text();
  object["after"] = position_or_null(request.after);
  object["nonce"] = hex_encode(request.nonce);
  object["waitMilliseconds"] = request.wait.count();
  return to_bytes(write_json(object));
}

Result<StatusFeedRequest> parse_status_feed_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "status feed request", kRequestLimits));
  TRY(reader.expect("status-feed-request", 1));
  TRY(x509::Name data_centre, read_name(reader, "dataCentre"));
  TRY(const auto after, read_position_or_null(reader, "after"));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  TRY(const std::int64_t wait, reader.integer("waitMilliseconds", 0, kMostFeedWait.count()));
  TRY(reader.finish());
  return StatusFeedRequest{std::move(data_centre), after, nonce, std::chrono::milliseconds(wait)};
}

Result<Bytes> write_status_feed_page(const StatusFeedPage& page) {
  boost::json::object object = begin_document("status-feed");
  object["dataCentre"] = page.data_centre.text();
  object["nonce"] = hex_encode(page.nonce);
  object["asked"] = position_or_null(page.asked);
  object["time"] = format_time(page.time);
  object["after"] = write_position(page.after);
  boost::json::array changes;
  for (const StatusFeedChange& change : page.changes) changes.emplace_back(write_change(change));
  object["changes"] = std::move(changes);
  object["newest"] = page.newest;
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_status_feed_page(bytes));
  return bytes;
}

Result<StatusFeedPage> parse_status_feed_page(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "status feed", kPageLimits));
  TRY(reader.expect("status-feed", 1));
  TRY(x509::Name data_centre, read_name(reader, "dataCentre"));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  TRY(const auto asked, read_position_or_null(reader, "asked"));
  TRY(const TimePoint time, reader.time("time"));
  TRY(ObjectReader after, reader.object("after"));
  TRY(std::vector<ObjectReader> changes, reader.objects("changes", kMaxChangesOfAPage));
  TRY(const std::int64_t newest, reader.integer("newest", 0, kLargestInteger));
  TRY(reader.finish());
  StatusFeedPage page{std::move(data_centre), nonce, asked, time, {}, {}, newest};
  TRY(page.after, read_position(std::move(after)));
  page.changes.reserve(changes.size());
  for (ObjectReader& each : changes) {
    TRY(StatusFeedChange change, read_change(each));
    page.changes.push_back(std::move(change));
  }
  TRY(check_page(page));
  return page;
}

StatusFeedPosition end_of(const StatusFeedPage& page) {
  StatusFeedPosition position = page.after;
  for (const StatusFeedChange& change : page.changes) {
    position.digest = next_feed_digest(position.digest, change);
    position.sequence = change.sequence;
  }
  return position;
}

Result<Bytes> sign_status_feed_page(const x509::Signer& responder, const StatusFeedPage& page) {
  TRY(const Bytes json, write_status_feed_page(page));
  // Whoever asks has the CA from the map.
  const x509::Signer alone{responder.certificate, responder.key, {}};
  return x509::sign_cms(alone, json,
                        {.signing_time = whole_seconds(page.time), .limit = kMaxSignedStatusFeedPage});
}

Result<StatusFeedPage> verify_status_feed_page(BytesView der, const x509::TrustAnchor& anchor,
                                               const std::vector<x509::Certificate>& cas,
                                               const StatusFeedRequest& request, TimePoint at) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(der, kMaxSignedStatusFeedPage));
  TRY(const x509::Certificate signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  TRY(x509::verify_path(signer, anchor, x509::Role::kOcspResponder, at));
  const x509::Certificate* const ca = anchor.issuer_of(signer);
  if (ca == nullptr || std::ranges::find(cas, *ca) == cas.end())
    return fail(
        ErrorCode::kNameNotPermitted,
        "status feed: signed by the responder of another data centre than " + request.data_centre.text());
  TRY(const x509::VerifiedCms verified, x509::verify_statement_cms(cms, signer));
  if (verified.content_type != x509::ContentType::kData || cms.certificates().size() != 1)
    return malformed("must carry the page, its signer's certificate and no other");
  TRY(StatusFeedPage page, parse_status_feed_page(verified.content));
  if (!(page.data_centre == request.data_centre))
    return fail(ErrorCode::kNameNotPermitted, "status feed: of " + page.data_centre.text() +
                                                  ", where that of " + request.data_centre.text() +
                                                  " was asked for");
  if (page.nonce != request.nonce)
    return fail(ErrorCode::kConflict, "status feed: made for another question");
  if (page.asked != request.after)
    return fail(ErrorCode::kConflict, "status feed: another place was asked for on the way");
  return page;
}

}  // namespace countersign::documents
