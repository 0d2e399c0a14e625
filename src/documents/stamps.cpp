// SPDX-License-Identifier: Apache-2.0
#include "documents/stamps.h"

#include "documents/json.h"

namespace countersign::documents {
namespace {

using crypto::HashAlgorithm;

constexpr JsonLimits kLimits{.bytes = kMaxStampsFile, .depth = 3, .members = 4 * kMaxStamps + 8};

void append_hash(std::string& text, std::string_view what, HashAlgorithm hash, BytesView octets) {
  text.append(what).append(" ").append(hex_encode(crypto::hash(hash, octets))).append("\n");
}

Result<Stamp> read_stamp(ObjectReader& reader, std::string_view where) {
  Stamp stamp;
  TRY(const std::string covers, reader.text("covers", 16));
  if (covers == coverage_name(StampCoverage::kCheckpoint)) {
    stamp.covers = StampCoverage::kCheckpoint;
  } else if (covers != coverage_name(StampCoverage::kReceipt)) {
    return fail(ErrorCode::kUnsupported, std::string(where) + ".covers: not known");
  }
  TRY(const std::string name, reader.text("hash", 16));
  const auto hash = crypto::hash_of_name(name);
  if (!hash) return fail(ErrorCode::kUnsupported, std::string(where) + ".hash: not known");
  stamp.hash = *hash;
  TRY(stamp.token, reader.base64("token", kMaxStampToken));
  TRY(reader.finish());
  return stamp;
}

}  // namespace

std::string_view coverage_name(StampCoverage coverage) {
  return coverage == StampCoverage::kCheckpoint ? "checkpoint" : "receipt";
}

std::string covered_by(StampCoverage covers, HashAlgorithm hash, const StampedEvidence& evidence,
                       std::span<const Stamp> earlier) {
  std::string text = "countersign-stamp/v1 " + std::string(crypto::hash_name(hash)) + "\n";
  append_hash(text, "checkpoint", hash, as_bytes(evidence.checkpoint));
  if (covers == StampCoverage::kReceipt) append_hash(text, "receipt", hash, evidence.receipt);
  for (const Stamp& stamp : earlier) append_hash(text, "stamp", hash, stamp.token);
  return text;
}

Bytes write_stamps(std::span<const Stamp> stamps) {
  std::string text = R"({"type":"stamps","version":1,"stamps":[)";
  for (const Stamp& stamp : stamps) {
    text += &stamp == &stamps.front() ? "{" : ",{";
    text.append(R"("covers":")").append(coverage_name(stamp.covers));
    text.append(R"(","hash":")").append(crypto::hash_name(stamp.hash));
    text.append(R"(","token":")").append(base64_encode(stamp.token)).append("\"}");
  }
  return to_bytes(text + "]}");
}

Result<std::vector<Stamp>> parse_stamps(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "stamps", kLimits));
  TRY(reader.expect("stamps", 1));
  TRY(std::vector<ObjectReader> items, reader.objects("stamps", kMaxStamps));
  TRY(reader.finish());
  if (items.empty()) return fail(ErrorCode::kMalformed, "stamps.stamps: none");
  std::vector<Stamp> stamps;
  for (ObjectReader& item : items) {
    TRY(Stamp stamp, read_stamp(item, "stamps.stamps[" + std::to_string(stamps.size()) + "]"));
    stamps.push_back(std::move(stamp));
  }
  return stamps;
}

}  // namespace countersign::documents
