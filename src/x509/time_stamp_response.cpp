// SPDX-License-Identifier: Apache-2.0
#include "x509/time_stamp.h"

#include "x509/der.h"

namespace countersign::x509 {
namespace {

using der::Reader;
using der::Tag;

constexpr std::int64_t kVersion1 = 1;  // of TSTInfo
constexpr std::size_t kLongestResponse = 64 << 10;
// PKIStatus (RFC 3161 §2.4.2).
constexpr std::int64_t kGranted = 0;
constexpr std::int64_t kGrantedWithMods = 1;
constexpr std::int64_t kRejection = 2;

static_assert(kTimeStampPolicy.starts_with(kPolicyArc));

ErrorCode code_of(unsigned failure) {
  switch (static_cast<TimeStampFailure>(failure)) {
    case TimeStampFailure::kTimeNotAvailable:
    case TimeStampFailure::kSystemFailure:
      return ErrorCode::kUnavailable;
    case TimeStampFailure::kBadDataFormat:
      return ErrorCode::kMalformed;
    default:
      return ErrorCode::kUnsupported;
  }
}

// The error that the rest of a PKIStatusInfo states; its words, which may be anybody's, are passed over.
Result<void> refusal_in(Reader& status) {
  if (status.next_is(Tag::kSequence)) {
    TRY(status.any());
  }
  if (status.at_end()) return fail(ErrorCode::kUnsupported, "time-stamp: refused without a reason");
  TRY(const BytesView bits, status.contents(Tag::kBitString));
  TRY(status.finish());
  for (unsigned bit = 0; bit + 8 < bits.size() * 8; ++bit)
    if ((bits[1 + bit / 8] & (0x80U >> (bit % 8))) != 0)
      return fail(code_of(bit), "time-stamp: refused, bit " + std::to_string(bit) + " of PKIFailureInfo");
  return fail(ErrorCode::kMalformed, "time-stamp: refused by no bit of PKIFailureInfo");
}

}  // namespace

Result<Bytes> make_time_stamp_response(const CmsSigner& signer, const TimeStampRequest& request,
                                       const TimeStampGrant& grant) {
  if (!request.policy.empty() && request.policy != grant.policy)
    return fail(ErrorCode::kUnsupported, "time-stamp: another policy is asked for");
  if (grant.accuracy < Seconds(1)) return fail(ErrorCode::kMalformed, "time-stamp: accuracy below a second");
  // TSTInfo (RFC 3161 §2.4.2).
  const Bytes info =
      der::sequence({der::integer(kVersion1), der::oid(grant.policy), request.imprint,
                     der::unsigned_integer(grant.serial.bytes()), der::generalized_time(grant.time),
                     der::sequence({der::integer(grant.accuracy.count())}),
                     request.nonce.empty() ? Bytes{} : der::unsigned_integer(request.nonce)});
  SigningOptions options;
  options.content_type = ContentType::kTimeStampInfo;
  options.signing_time = grant.time;
  options.leaves_certificates_out = !request.wants_certificates;
  TRY(const Bytes token, signer.sign(info, options));
  return der::sequence({der::sequence({der::integer(kGranted)}), token});
}

Bytes make_time_stamp_refusal(const TimeStampRefusal& refusal) {
  const auto bit = static_cast<unsigned>(refusal.failure);
  // A named bit list: no zero bit behind the last one (X.690 §11.2.2).
  Bytes bits(2 + bit / 8, 0);
  bits.front() = static_cast<std::uint8_t>(7 - bit % 8);
  bits.back() = static_cast<std::uint8_t>(0x80U >> (bit % 8));
  const Bytes words = der::sequence({der::text(Tag::kUtf8String, refusal.reason)});
  const Bytes status =
      der::sequence({der::integer(kRejection), words, der::wrap(Tag::kBitString, BytesView(bits))});
  return der::sequence({status});
}

Result<Bytes> read_time_stamp_response(BytesView der) {
  if (der.size() > kLongestResponse) return fail(ErrorCode::kTooLarge, "time-stamp: response over 64 KiB");
  TRY(Reader response, der::read_only(der, Tag::kSequence));
  TRY(Reader status, response.enter(Tag::kSequence));
  TRY(const std::int64_t number, status.small_integer());
  if (number != kGranted && number != kGrantedWithMods) {
    TRY(refusal_in(status));
  }
  TRY(const der::Element token, response.element(Tag::kSequence));
  TRY(response.finish());
  return to_bytes(token.whole);
}

}  // namespace countersign::x509
