// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>

#include "crypto/digest.h"
#include "x509/cms.h"

// Time-stamps of RFC 3161: a data centre's word, signed in a role of its own, that something with this
// SHA-256 was there at this time. Requests and responses are DER, tokens are SignedData in the form of
// CmsSigner; verify_stamp_token (stamp_token.h) verifies them.
namespace countersign::x509 {

// Dotted OID of the one policy under which data centres stamp (docs/protocols/time-stamps.md).
inline constexpr std::string_view kTimeStampPolicy = "2.25.5029185730381929265412404197190874440.4.1";

// What stands in for a token where there is none: a bit of PKIFailureInfo (RFC 3161 §2.4.2), and words for
// developers.
enum class TimeStampFailure : unsigned {
  kBadAlgorithm = 0,  // another hash than SHA-256
  kBadRequest = 2,    // another version
  kBadDataFormat = 5,
  kTimeNotAvailable = 14,
  kUnacceptedPolicy = 15,
  kUnacceptedExtension = 16,
  kSystemFailure = 25,
};
struct TimeStampRefusal {
  TimeStampFailure failure = TimeStampFailure::kSystemFailure;
  std::string reason;
};

// TimeStampRequest is a request that can be answered.
struct TimeStampRequest {
  Sha256Digest digest{};
  Bytes imprint;                    // DER MessageImprint as it came, which the token repeats
  std::string policy;               // dotted OID of the one that is asked for; empty: any
  Bytes nonce;                      // the INTEGER's magnitude, or empty
  bool wants_certificates = false;  // without them only who has the certificate can verify the token
};

// make_time_stamp_request asks for a stamp over a SHA-256, with the certificates. The nonce is 1–32 octets,
// the magnitude of an INTEGER, or empty for none (kMalformed).
Result<Bytes> make_time_stamp_request(const Sha256Digest& digest, BytesView nonce);
// The same over a digest of any hash, for time-stamping authorities that take more than SHA-256. kMalformed
// also for a digest of another size.
Result<Bytes> make_time_stamp_request(crypto::HashAlgorithm hash, BytesView digest, BytesView nonce);

// parse_time_stamp_request reads a DER TimeStampReq of at most 1 KiB, or says why it is refused: not DER or
// not in that form, another version, another hash than SHA-256, any extension, a nonce of more than 32
// octets.
std::variant<TimeStampRequest, TimeStampRefusal> parse_time_stamp_request(BytesView der);

// What a stamp says beside the request.
struct TimeStampGrant {
  SerialNumber serial;
  TimePoint time;    // written in whole seconds
  Seconds accuracy;  // how far from it the time may truly be, either way; 1 at least
  std::string policy = std::string(kTimeStampPolicy);
};

// make_time_stamp_response makes a granted TimeStampResp, DER. The signer's certificate is of the role
// kTimeStamper; it and its chain go along where the request wants certificates. kUnsupported for a request
// that asks for another policy than the grant's; kMalformed for an accuracy below a second; otherwise errors
// are the key's.
Result<Bytes> make_time_stamp_response(const CmsSigner& signer, const TimeStampRequest& request,
                                       const TimeStampGrant& grant);
// make_time_stamp_refusal makes a TimeStampResp that says rejection, DER.
Bytes make_time_stamp_refusal(const TimeStampRefusal& refusal);

// read_time_stamp_response answers the token, not yet verified, of a DER TimeStampResp of at most 64 KiB, or
// what a refusal says: kUnavailable where it can be asked again (timeNotAvailable, systemFailure), kMalformed
// for badDataFormat, kUnsupported for all else. kMalformed, kTooLarge for what is no TimeStampResp.
Result<Bytes> read_time_stamp_response(BytesView der);

}  // namespace countersign::x509
