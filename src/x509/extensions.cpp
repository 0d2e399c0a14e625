// SPDX-License-Identifier: Apache-2.0
#include "x509/extensions.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "x509/der.h"

namespace countersign::x509 {
namespace {

using der::Tag;

constexpr std::string_view kOcspAccess = "1.3.6.1.5.5.7.48.1";
constexpr std::string_view kUserNotice = "1.3.6.1.5.5.7.2.2";
constexpr Tag kUri = der::context(6);
constexpr Tag kKeyIdentifier = der::context(0);
constexpr std::size_t kLongestNotice = 200;  // RFC 5280 §4.2.1.4
constexpr std::size_t kLongestUrl = 255;
constexpr std::size_t kMostPolicies = 32;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, std::string(what));
}

void append(Bytes& out, BytesView element) {
  out.insert(out.end(), element.begin(), element.end());
}

// --- basicConstraints (only CAs carry it) ---

Result<Bytes> encode_basic_constraints(const Extensions& extensions) {
  if (!extensions.certificate_authority) return Bytes{};
  const std::optional<int>& length = *extensions.certificate_authority;
  return der::sequence({der::boolean(true), length ? der::integer(*length) : Bytes{}});
}

Result<void> parse_basic_constraints(BytesView value, Extensions& out) {
  TRY(der::Reader reader, der::read_only(value, Tag::kSequence));
  TRY(const bool is_ca, reader.boolean());
  if (!is_ca) return malformed("basicConstraints: FALSE written out");
  std::optional<int> length;
  if (!reader.at_end()) {
    TRY(const std::int64_t stated, reader.small_integer());
    length = static_cast<int>(std::min<std::int64_t>(stated, 255));
  }
  out.certificate_authority = length;
  return reader.finish();
}

// --- keyUsage: a named bit list, without trailing zero bits ---

constexpr std::array<std::pair<bool KeyUsage::*, unsigned>, 5> kUsageBits{
    {{&KeyUsage::digital_signature, 0x80},
     {&KeyUsage::non_repudiation, 0x40},
     {&KeyUsage::key_agreement, 0x08},
     {&KeyUsage::key_cert_sign, 0x04},
     {&KeyUsage::crl_sign, 0x02}}};

Result<Bytes> encode_key_usage(const Extensions& extensions) {
  unsigned bits = 0;
  for (const auto& [member, bit] : kUsageBits)
    if (extensions.key_usage.*member) bits |= bit;
  if (bits == 0) return Bytes{};
  unsigned unused = 0;
  while ((bits >> unused & 1U) == 0) ++unused;
  return der::wrap(Tag::kBitString,
                   Bytes{static_cast<std::uint8_t>(unused), static_cast<std::uint8_t>(bits)});
}

Result<void> parse_key_usage(BytesView value, Extensions& out) {
  der::Reader reader(value);
  TRY(const BytesView bits, reader.contents(Tag::kBitString));
  if (bits.size() != 2) return fail(ErrorCode::kUnsupported, "keyUsage: bits that no profile has");
  for (const auto& [member, bit] : kUsageBits) out.key_usage.*member = (bits[1] & bit) != 0;
  TRY(const Bytes again, encode_key_usage(out));
  if (!equal(again, value)) return fail(ErrorCode::kUnsupported, "keyUsage: bits that no profile has");
  return ok();
}

// --- extKeyUsage ---

Result<Bytes> encode_extended_key_usage(const Extensions& extensions) {
  Bytes out;
  for (const std::string& use : extensions.extended_key_usage) append(out, der::oid(use));
  return out.empty() ? Bytes{} : der::wrap(Tag::kSequence, out);
}

Result<void> parse_extended_key_usage(BytesView value, Extensions& out) {
  TRY(der::Reader reader, der::read_only(value, Tag::kSequence));
  while (!reader.at_end()) {
    TRY(std::string use, reader.oid());
    out.extended_key_usage.push_back(std::move(use));
  }
  return out.extended_key_usage.empty() ? Result<void>(malformed("extKeyUsage: empty")) : ok();
}

// --- key identifiers ---

Result<Bytes> encode_subject_key_id(const Extensions& extensions) {
  return extensions.subject_key_id.empty() ? Bytes{}
                                           : der::wrap(Tag::kOctetString, extensions.subject_key_id);
}

Result<void> parse_subject_key_id(BytesView value, Extensions& out) {
  der::Reader reader(value);
  TRY(const BytesView id, reader.contents(Tag::kOctetString));
  out.subject_key_id = to_bytes(id);
  return reader.finish();
}

Result<Bytes> encode_authority_key_id(const Extensions& extensions) {
  if (extensions.authority_key_id.empty()) return Bytes{};
  return der::sequence({der::wrap(kKeyIdentifier, extensions.authority_key_id)});
}

Result<void> parse_authority_key_id(BytesView value, Extensions& out) {
  TRY(der::Reader reader, der::read_only(value, Tag::kSequence));
  TRY(const BytesView id, reader.contents(kKeyIdentifier));
  out.authority_key_id = to_bytes(id);
  return reader.finish();
}

// --- certificatePolicies ---

Result<Bytes> encode_policies(const Extensions& extensions) {
  Bytes out;
  for (const Policy& policy : extensions.policies) {
    Bytes qualifiers;
    if (!policy.notice.empty()) {
      const std::optional<std::size_t> size = count_plain_characters(policy.notice);
      if (!size || *size > kLongestNotice) return malformed("user notice: not 1–200 plain characters");
      const Bytes notice = der::sequence({der::text(Tag::kUtf8String, policy.notice)});
      qualifiers = der::sequence({der::sequence({der::oid(kUserNotice), notice})});
    }
    append(out, der::sequence({der::oid(policy.oid), qualifiers}));
  }
  return out.empty() ? Bytes{} : der::wrap(Tag::kSequence, out);
}

Result<std::string> parse_notice(der::Reader& information) {
  TRY(der::Reader qualifiers, information.enter(Tag::kSequence));
  TRY(der::Reader qualifier, qualifiers.enter(Tag::kSequence));
  TRY(qualifiers.finish());
  TRY(const std::string kind, qualifier.oid());
  if (kind != kUserNotice) return fail(ErrorCode::kUnsupported, "policy qualifier " + kind);
  TRY(der::Reader notice, qualifier.enter(Tag::kSequence));
  TRY(qualifier.finish());
  TRY(std::string text, notice.text(Tag::kUtf8String));
  TRY(notice.finish());
  const std::optional<std::size_t> size = count_plain_characters(text);
  if (!size || *size == 0 || *size > kLongestNotice)
    return malformed("user notice: not 1–200 plain characters");
  return text;
}

Result<void> parse_policies(BytesView value, Extensions& out) {
  TRY(der::Reader reader, der::read_only(value, Tag::kSequence));
  while (!reader.at_end()) {
    TRY(der::Reader information, reader.enter(Tag::kSequence));
    TRY(std::string oid, information.oid());
    std::string notice;
    if (!information.at_end()) {
      TRY(std::string text, parse_notice(information));
      notice = std::move(text);
    }
    TRY(information.finish());
    if (std::ranges::find(out.policies, oid, &Policy::oid) != out.policies.end())
      return malformed("certificatePolicies: one policy twice");
    out.policies.push_back({std::move(oid), std::move(notice)});
  }
  if (out.policies.empty() || out.policies.size() > kMostPolicies)
    return malformed("certificatePolicies: number");
  return ok();
}

// --- subjectAltName, nameConstraints ---

Result<Bytes> encode_subject_alternative_names(const Extensions& extensions) {
  if (extensions.alternative_names.empty()) return Bytes{};
  return encode_alternative_names(extensions.alternative_names);
}

Result<void> parse_subject_alternative_names(BytesView value, Extensions& out) {
  TRY(out.alternative_names, parse_alternative_names(value));
  return ok();
}

Result<Bytes> encode_name_constraints(const Extensions& extensions) {
  return extensions.name_limits ? encode_name_limits(*extensions.name_limits) : Bytes{};
}

Result<void> parse_name_constraints(BytesView value, Extensions& out) {
  TRY(NameLimits limits, parse_name_limits(value));
  out.name_limits = std::move(limits);
  return ok();
}

// --- where to ask: authorityInfoAccess, cRLDistributionPoints; written for others, read by nobody of the
// network ---

Result<std::string> checked_url(std::string url) {
  const bool printable = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable || url.size() > kLongestUrl || !(url.starts_with("http://") || url.starts_with("https://")))
    return malformed("URL in a certificate");
  return url;
}

Result<Bytes> encode_ocsp_url(const Extensions& extensions) {
  if (extensions.ocsp_url.empty()) return Bytes{};
  TRY(const std::string url, checked_url(extensions.ocsp_url));
  return der::sequence({der::sequence({der::oid(kOcspAccess), der::text(kUri, url)})});
}

Result<void> parse_ocsp_url(BytesView value, Extensions& out) {
  TRY(der::Reader descriptions, der::read_only(value, Tag::kSequence));
  TRY(der::Reader description, descriptions.enter(Tag::kSequence));
  TRY(descriptions.finish());
  TRY(const std::string method, description.oid());
  if (method != kOcspAccess) return fail(ErrorCode::kUnsupported, "authorityInfoAccess: " + method);
  TRY(std::string url, description.text(kUri));
  TRY(out.ocsp_url, checked_url(std::move(url)));
  return description.finish();
}

Result<Bytes> encode_crl_url(const Extensions& extensions) {
  if (extensions.crl_url.empty()) return Bytes{};
  TRY(const std::string url, checked_url(extensions.crl_url));
  const Bytes full_name = der::wrap(der::context_constructed(0), der::text(kUri, url));
  return der::sequence({der::sequence({der::wrap(der::context_constructed(0), full_name)})});
}

Result<void> parse_crl_url(BytesView value, Extensions& out) {
  TRY(der::Reader points, der::read_only(value, Tag::kSequence));
  TRY(der::Reader point, points.enter(Tag::kSequence));
  TRY(points.finish());
  TRY(der::Reader name, point.enter(der::context_constructed(0)));
  TRY(point.finish());
  TRY(der::Reader full_name, name.enter(der::context_constructed(0)));
  TRY(name.finish());
  TRY(std::string url, full_name.text(kUri));
  TRY(out.crl_url, checked_url(std::move(url)));
  return full_name.finish();
}

// --- id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1) ---

Result<Bytes> encode_no_check(const Extensions& extensions) {
  return extensions.ocsp_no_check ? der::wrap(Tag::kNull, BytesView()) : Bytes{};
}

Result<void> parse_no_check(BytesView value, Extensions& out) {
  out.ocsp_no_check = true;
  TRY(const der::Reader null, der::read_only(value, Tag::kNull));
  return null.finish();
}

enum class Critical { kNever, kAlways, kForTimeStamping };

struct Kind {
  std::string_view oid;
  Critical critical;
  Result<Bytes> (*encode)(const Extensions&);  // empty when absent
  Result<void> (*parse)(BytesView value, Extensions& out);
};

constexpr std::array kKinds{
    Kind{"2.5.29.19", Critical::kAlways, encode_basic_constraints, parse_basic_constraints},
    Kind{"2.5.29.15", Critical::kAlways, encode_key_usage, parse_key_usage},
    Kind{"2.5.29.37", Critical::kForTimeStamping, encode_extended_key_usage, parse_extended_key_usage},
    Kind{"2.5.29.14", Critical::kNever, encode_subject_key_id, parse_subject_key_id},
    Kind{"2.5.29.35", Critical::kNever, encode_authority_key_id, parse_authority_key_id},
    Kind{"2.5.29.32", Critical::kNever, encode_policies, parse_policies},
    Kind{"2.5.29.17", Critical::kNever, encode_subject_alternative_names, parse_subject_alternative_names},
    Kind{"2.5.29.30", Critical::kAlways, encode_name_constraints, parse_name_constraints},
    Kind{"1.3.6.1.5.5.7.1.1", Critical::kNever, encode_ocsp_url, parse_ocsp_url},
    Kind{"2.5.29.31", Critical::kNever, encode_crl_url, parse_crl_url},
    Kind{"1.3.6.1.5.5.7.48.1.5", Critical::kNever, encode_no_check, parse_no_check},
};

// RFC 3161 §2.3 demands it of the extended key usage of those who stamp; of others the network does not.
bool is_critical(const Kind& kind, const Extensions& extensions) {
  if (kind.critical != Critical::kForTimeStamping) return kind.critical == Critical::kAlways;
  const std::vector<std::string>& uses = extensions.extended_key_usage;
  return uses.size() == 1 && uses.front() == kTimeStampingUsage;
}

}  // namespace

Result<Bytes> encode_extensions(const Extensions& extensions) {
  Bytes out;
  for (const Kind& kind : kKinds) {
    TRY(const Bytes value, kind.encode(extensions));
    if (value.empty()) continue;
    append(out,
           der::sequence({der::oid(kind.oid), is_critical(kind, extensions) ? der::boolean(true) : Bytes{},
                          der::wrap(Tag::kOctetString, value)}));
  }
  return der::wrap(Tag::kSequence, out);
}

Result<Extensions> parse_extensions(BytesView sequence) {
  TRY(der::Reader reader, der::read_only(sequence, Tag::kSequence));
  Extensions out;
  std::array<bool, kKinds.size()> seen{};
  while (!reader.at_end()) {
    TRY(der::Reader extension, reader.enter(Tag::kSequence));
    TRY(const std::string oid, extension.oid());
    const auto kind = std::ranges::find(kKinds, oid, &Kind::oid);
    if (kind == kKinds.end()) return fail(ErrorCode::kUnsupported, "extension " + oid);
    bool& is_repeated = seen[static_cast<std::size_t>(kind - kKinds.begin())];
    if (is_repeated) return malformed("extension " + oid + " twice");
    is_repeated = true;
    const bool states_criticality = extension.next_is(Tag::kBoolean);
    if (states_criticality) {
      TRY(const bool critical, extension.boolean());
      if (!critical) return malformed("extension " + oid + ": FALSE written out");
    }
    TRY(const BytesView value, extension.contents(Tag::kOctetString));
    TRY(extension.finish());
    const Result<void> parsed = kind->parse(value, out);
    if (!parsed) return fail(parsed.error(), "extension " + oid);
    if (states_criticality != is_critical(*kind, out))
      return fail(ErrorCode::kUnsupported, "criticality of extension " + oid);
  }
  return out;
}

}  // namespace countersign::x509
