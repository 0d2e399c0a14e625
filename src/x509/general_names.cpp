// SPDX-License-Identifier: Apache-2.0
// subjectAltName and nameConstraints (RFC 5280 §4.2.1.6, §4.2.1.10).
#include <algorithm>

#include "x509/der.h"
#include "x509/extensions.h"
#include "x509/hosts.h"

namespace countersign::x509 {
namespace {

using der::Tag;

constexpr Tag kRfc822Name = der::context(1);
constexpr Tag kDnsName = der::context(2);
constexpr Tag kDirectoryName = der::context_constructed(4);
constexpr Tag kUri = der::context(6);
constexpr Tag kIpAddress = der::context(7);
constexpr Tag kPermitted = der::context_constructed(0);
constexpr Tag kExcluded = der::context_constructed(1);
constexpr std::size_t kMostNames = 64;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, std::string(what));
}

void append(Bytes& out, BytesView element) {
  out.insert(out.end(), element.begin(), element.end());
}

// Host or domain of an e-mail constraint: "example.kr", ".example.kr".
bool is_mail_limit(std::string_view text) {
  return is_dns_name(text.starts_with('.') ? text.substr(1) : text);
}

Bytes subtree(Tag tag, BytesView base) {
  return der::sequence({der::wrap(tag, base)});
}

// What excludes every name of the types that the limits do not mention. An empty rfc822Name is what RFC 5280
// has for "every address"; the unreachable permitted host says the same to software that compares hosts
// literally (OpenSSL).
Bytes excluded_subtrees(const NameLimits& limits) {
  Bytes out;
  if (limits.email.empty()) append(out, subtree(kRfc822Name, {}));
  if (limits.dns.empty()) append(out, subtree(kDnsName, {}));
  if (limits.ip.empty()) {
    append(out, subtree(kIpAddress, Bytes(8)));
    append(out, subtree(kIpAddress, Bytes(32)));
  }
  return out;
}
constexpr std::string_view kNoMail = "invalid";  // RFC 2606 §2

struct Permitted {
  std::optional<Name> subtree;
  std::vector<std::string> dns, email, ip;
};

Result<void> parse_permitted(der::Reader& subtrees, Permitted& permitted) {
  TRY(der::Reader one, subtrees.enter(Tag::kSequence));
  TRY(const der::Element base, one.any());
  TRY(one.finish());  // minimum is 0 by default, maximum absent
  const std::string text = to_text(base.contents);
  if (base.tag == kDirectoryName && !permitted.subtree) {
    TRY(Name name, Name::from_der(base.contents));
    permitted.subtree = std::move(name);
  } else if (base.tag == kDnsName && is_dns_name(text)) {
    permitted.dns.push_back(text);
  } else if (base.tag == kRfc822Name && is_mail_limit(text)) {
    if (text != kNoMail) permitted.email.push_back(text);
  } else if (base.tag == kIpAddress) {
    TRY(std::string range, ip_range_text(base.contents));
    permitted.ip.push_back(std::move(range));
  } else {
    return malformed("name constraints: subtree not in the accepted form");
  }
  return ok();
}

}  // namespace

Result<Bytes> encode_alternative_names(const AlternativeNames& names) {
  Bytes out;
  for (const std::string& host : names.dns) {
    if (!is_dns_name(host)) return malformed("DNS name: " + host);
    append(out, der::text(kDnsName, host));
  }
  for (const std::string& address : names.ip) {
    TRY(const Bytes octets, ip_octets(address));
    append(out, der::wrap(kIpAddress, octets));
  }
  for (const std::string& origin : names.origins) {
    TRY(host_of_origin(origin));
    append(out, der::text(kUri, origin));
  }
  if (names.dns.size() + names.ip.size() + names.origins.size() > kMostNames)
    return malformed("subjectAltName: too many names");
  return der::wrap(Tag::kSequence, out);
}

Result<AlternativeNames> parse_alternative_names(BytesView general_names) {
  TRY(der::Reader reader, der::read_only(general_names, Tag::kSequence));
  if (reader.at_end()) return malformed("subjectAltName: empty");
  AlternativeNames names;
  for (std::size_t count = 0; !reader.at_end(); ++count) {
    if (count == kMostNames) return malformed("subjectAltName: too many names");
    TRY(const der::Element name, reader.any());
    const std::string text = to_text(name.contents);
    if (name.tag == kDnsName && is_dns_name(text)) {
      names.dns.push_back(text);
    } else if (name.tag == kIpAddress) {
      TRY(std::string address, ip_text(name.contents));
      names.ip.push_back(std::move(address));
    } else if (name.tag == kUri) {
      TRY(host_of_origin(text));
      names.origins.push_back(text);
    } else {
      return fail(ErrorCode::kUnsupported,
                  "subjectAltName: type of name, or DNS name not in the accepted form");
    }
  }
  return names;
}

Result<Bytes> encode_name_limits(const NameLimits& limits) {
  Bytes permitted = subtree(kDirectoryName, limits.subtree.der());
  for (const std::string& host : limits.email) {
    if (!is_mail_limit(host) || host == kNoMail) return malformed("e-mail constraint: " + host);
    append(permitted, subtree(kRfc822Name, as_bytes(host)));
  }
  if (limits.email.empty()) append(permitted, subtree(kRfc822Name, as_bytes(kNoMail)));
  for (const std::string& domain : limits.dns) {
    if (!is_dns_name(domain)) return malformed("DNS constraint: " + domain);
    append(permitted, subtree(kDnsName, as_bytes(domain)));
  }
  for (const std::string& range : limits.ip) {
    TRY(const Bytes octets, ip_range_octets(range));
    append(permitted, subtree(kIpAddress, octets));
  }
  const Bytes excluded = excluded_subtrees(limits);
  return der::sequence(
      {der::wrap(kPermitted, permitted), excluded.empty() ? Bytes{} : der::wrap(kExcluded, excluded)});
}

Result<NameLimits> parse_name_limits(BytesView name_constraints) {
  TRY(der::Reader reader, der::read_only(name_constraints, Tag::kSequence));
  TRY(der::Reader subtrees, reader.enter(kPermitted));
  Permitted permitted;
  while (!subtrees.at_end()) {
    TRY(parse_permitted(subtrees, permitted));
  }
  if (!permitted.subtree) return malformed("name constraints: no directory subtree");
  NameLimits limits{std::move(*permitted.subtree), std::move(permitted.dns), std::move(permitted.email),
                    std::move(permitted.ip)};
  // The one encoding of these limits, exclusions included, or none.
  TRY(const Bytes again, encode_name_limits(limits));
  if (!equal(again, name_constraints)) return malformed("name constraints: types left unconstrained");
  return limits;
}

}  // namespace countersign::x509
