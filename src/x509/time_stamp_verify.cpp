// SPDX-License-Identifier: Apache-2.0
#include "base/clock_tolerance.h"
#include "x509/cms_statement.h"
#include "x509/time_stamp.h"
#include "x509/time_stamp_form.h"

namespace countersign::x509 {
namespace {

using der::Reader;
using der::Tag;
using time_stamp_form::Imprint;

constexpr Tag kDirectoryName = der::context_constructed(4);

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "time-stamp: " + std::string(what));
}
auto refused(std::string_view what) {
  return fail(ErrorCode::kSignatureInvalid, "time-stamp: " + std::string(what));
}

// TSTInfo (RFC 3161 §2.4.2).
struct Info {
  std::string policy;
  Imprint imprint;
  BytesView serial;
  TimePoint time;
  std::chrono::microseconds accuracy{0};
  BytesView nonce;  // empty where there is none
  BytesView tsa;    // DER of a directory name; empty where none is stated
};

// One part of an Accuracy, where it is there: whole seconds, or 1–999 of a smaller unit.
Result<std::int64_t> read_part(Reader& accuracy, Tag tag) {
  if (!accuracy.next_is(tag)) return std::int64_t{0};
  TRY(const std::int64_t value, accuracy.small_integer(tag));
  constexpr std::int64_t kMostSeconds = 86'400;
  if (value > (tag == Tag::kInteger ? kMostSeconds : 999)) return malformed("accuracy");
  return value;
}

Result<std::chrono::microseconds> read_accuracy(Reader accuracy) {
  TRY(const std::int64_t seconds, read_part(accuracy, Tag::kInteger));
  TRY(const std::int64_t millis, read_part(accuracy, der::context(0)));
  TRY(const std::int64_t micros, read_part(accuracy, der::context(1)));
  TRY(accuracy.finish());
  return Seconds(seconds) + std::chrono::milliseconds(millis) + std::chrono::microseconds(micros);
}

Result<void> read_options(Reader& fields, Info& info) {
  if (fields.next_is(Tag::kSequence)) {
    TRY(const Reader accuracy, fields.enter(Tag::kSequence));
    TRY(info.accuracy, read_accuracy(accuracy));
  }
  if (fields.next_is(Tag::kBoolean)) {
    TRY(const bool is_ordering, fields.boolean());
    if (!is_ordering) return malformed("FALSE written out");
  }
  if (fields.next_is(Tag::kInteger)) {
    TRY(info.nonce, fields.unsigned_integer());
  }
  if (fields.next_is(der::context_constructed(0))) {
    TRY(Reader tsa, fields.enter(der::context_constructed(0)));
    TRY(info.tsa, tsa.contents(kDirectoryName));
    TRY(tsa.finish());
  }
  if (fields.next_is(der::context_constructed(1)))
    return fail(ErrorCode::kUnsupported, "time-stamp: has extensions");
  return fields.finish();
}

Result<Info> read_info(BytesView der) {
  TRY(Reader fields, der::read_only(der, Tag::kSequence));
  TRY(const std::int64_t version, fields.small_integer());
  if (version != time_stamp_form::kVersion1)
    return fail(ErrorCode::kUnsupported, "time-stamp: version is not 1");
  Info info;
  TRY(info.policy, fields.oid());
  TRY(info.imprint, time_stamp_form::read_imprint(fields));
  TRY(info.serial, fields.unsigned_integer());
  TRY(info.time, fields.generalized_time());
  TRY(read_options(fields, info));
  return info;
}

// What the signer says of itself must be its certificate's (RFC 3161 §2.4.2).
Result<void> check_contents(const Info& info, const Certificate& signer, const Sha256Digest& digest,
                            BytesView nonce) {
  if (!info.imprint.is_sha256) return fail(ErrorCode::kUnsupported, "time-stamp: another hash than SHA-256");
  if (!equal(info.imprint.digest, digest)) return refused("is over something else");
  if (!nonce.empty() && !equal(info.nonce, time_stamp_form::trimmed(nonce)))
    return refused("does not repeat the nonce");
  if (!info.tsa.empty() && !equal(info.tsa, signer.subject().der())) return malformed("names another signer");
  return ok();
}

}  // namespace

Result<TimeStamp> verify_time_stamp(BytesView token, const Sha256Digest& digest, const TrustAnchor& anchor,
                                    TimePoint at, BytesView nonce) {
  TRY(const UnverifiedCms cms, UnverifiedCms::parse_token(token));
  TRY(Certificate signer, Certificate::from_der(cms.signer_certificate_der()));
  TRY(const VerifiedCms verified, verify_statement_cms(cms, signer));
  TRY(Info info, read_info(verified.content));
  TRY(check_contents(info, signer, digest, nonce));
  TRY(SerialNumber serial, SerialNumber::from_bytes(info.serial));
  if (info.time > at + kClockTolerance)
    return fail(ErrorCode::kNotYetValid, "time-stamp: from a later time than it was there");
  TRY(verify_path(signer, anchor, Role::kTimeStamper, info.time));
  return TimeStamp{info.time, info.accuracy, std::move(serial), std::move(signer), std::move(info.policy)};
}

}  // namespace countersign::x509
