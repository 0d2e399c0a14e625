// SPDX-License-Identifier: Apache-2.0
#include "documents/network_map.h"

#include <algorithm>
#include <set>

#include "base/clock_tolerance.h"
#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/text_rules.h"
#include "x509/hosts.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxCertificate = 8 << 10;  // what x509 reads
constexpr std::size_t kMaxUrl = 300;
constexpr std::size_t kMaxKey = 320;  // a name of 255, the id, and 33 octets in base64
constexpr JsonLimits kLimits{.bytes = kMaxNetworkMap, .depth = 5, .members = 20'000};

auto malformed(std::string what) {
  return fail(ErrorCode::kMalformed, "network map: " + std::move(what));
}
auto not_permitted(std::string what) {
  return fail(ErrorCode::kNameNotPermitted, "network map: " + std::move(what));
}

// --- what a map says of itself

// A map that was good when it was issued is so until it expires: nothing in it begins later or ends sooner.
Result<void> check_life(const x509::Certificate& certificate, const NetworkMap& map) {
  if (map.issued < certificate.not_before())
    return fail(ErrorCode::kNotYetValid, "network map: certificate " + certificate.subject().text() +
                                             " begins after the map is issued");
  if (certificate.not_after() < map.expires)
    return fail(ErrorCode::kExpired,
                "network map: certificate " + certificate.subject().text() + " ends before the map does");
  return ok();
}

Result<void> check_certificates(const MappedDataCentre& centre, const NetworkMap& map) {
  const std::string who = centre.name.text();
  if (centre.ca_certificates.empty() || centre.ca_certificates.size() > kMaxCasOfADataCentre)
    return malformed(who + ": not 1–4 CA certificates");
  const x509::Certificate* before = nullptr;
  for (const x509::Certificate& ca : centre.ca_certificates) {
    const Result<x509::Name> subtree = x509::permitted_subtree(ca);
    if (!subtree) return fail(subtree.error(), "network map: " + who);
    if (!(subtree.value() == centre.name))
      return not_permitted(who + ": a CA certificate for " + subtree.value().text());
    if (before != nullptr && ca.not_before() < before->not_before())
      return malformed(who + ": CA certificates are not oldest first");
    if (std::ranges::count(centre.ca_certificates, ca) != 1)
      return malformed(who + ": a CA certificate stands there twice");
    TRY(check_life(ca, map));
    before = &ca;
  }
  return ok();
}

bool may_name(const x509::Certificate& ca, const std::string& host) {
  const x509::NameLimits& limits = *ca.extensions().name_limits;
  if (x509::is_dns_name(host))
    return std::ranges::any_of(limits.dns,
                               [&](const auto& domain) { return x509::is_within_domain(host, domain); });
  return std::ranges::any_of(limits.ip,
                             [&](const auto& range) { return x509::is_within_range(host, range); });
}

Result<void> check_urls(const MappedDataCentre& centre) {
  const std::string who = centre.name.text();
  if (!is_https_origin(centre.service_url)) return malformed(who + ": serviceUrl is not an https origin");
  // Plain HTTP is for what is signed: status here, the log below.
  if (!is_web_origin(centre.status_url)) return malformed(who + ": statusUrl is not an http or https origin");
  TRY(const std::string host, x509::host_of_origin(centre.service_url));
  if (std::ranges::none_of(centre.ca_certificates, [&](const auto& ca) { return may_name(ca, host); }))
    return not_permitted(who + ": serviceUrl at a host that none of its CAs may name");
  return ok();
}

Result<void> check_log(const MappedDataCentre& centre) {
  if (!centre.log) return ok();
  const std::string who = centre.name.text() + ": log: ";
  if (!is_log_origin(centre.log->origin)) return malformed(who + "its origin is none");
  if (centre.log->key.type != checkpoint::KeyType::kEd25519)
    return malformed(who + "its key is not of a log");
  if (centre.log->key.name != centre.log->origin) return malformed(who + "its key has another name than it");
  if (!is_web_prefix(centre.log->url)) return malformed(who + "url is not an http or https prefix");
  return ok();
}

Result<void> check_witness(const MappedDataCentre& centre) {
  if (!centre.witness) return ok();
  const std::string who = centre.name.text() + ": witness: ";
  if (centre.witness->key.type != checkpoint::KeyType::kCosignature)
    return malformed(who + "its key is not of a witness");
  if (!is_https_prefix(centre.witness->url)) return malformed(who + "url is not an https prefix");
  return ok();
}

Result<void> check_relay(const MappedDataCentre& centre, const NetworkMap& map) {
  if (!centre.through) return ok();
  const std::string who = centre.name.text() + " through " + centre.through->text() + ": ";
  const MappedDataCentre* relay = find_data_centre(map, *centre.through);
  if (relay == nullptr) return malformed(who + "the map has no such data centre");
  if (!centre.name.is_below(relay->name)) return malformed(who + "it is not above it in the tree");
  if (relay->through) return malformed(who + "it is itself reached through another");
  if (relay->retired && !centre.retired) return malformed(who + "it is retired");
  return ok();
}

Result<void> check_shared_urls(const NetworkMap& map) {
  std::vector<std::string_view> urls;
  for (const MappedDataCentre& centre : map.data_centres)
    if (!centre.retired) urls.push_back(centre.service_url);
  std::ranges::sort(urls);
  const auto twice = std::ranges::adjacent_find(urls);
  if (twice != urls.end()) return malformed("two data centres at " + std::string(*twice));
  return ok();
}

// Whoever counts witnesses, or finds a log by its origin, must not meet two in one.
Result<void> check_shared_keys(const NetworkMap& map) {
  std::set<std::string_view> origins, witnesses;
  std::set<Bytes> keys;
  for (const MappedDataCentre& centre : map.data_centres) {
    const std::string who = centre.name.text() + ": ";
    if (centre.log && !origins.insert(centre.log->origin).second)
      return malformed(who + "another data centre's log has the origin " + centre.log->origin);
    if (centre.witness && !witnesses.insert(centre.witness->key.name).second)
      return malformed(who + "another data centre's witness is " + centre.witness->key.name);
    const bool log_is_new = !centre.log || keys.insert(centre.log->key.key.spki()).second;
    const bool witness_is_new = !centre.witness || keys.insert(centre.witness->key.key.spki()).second;
    if (!log_is_new || !witness_is_new)
      return malformed(who + "a key of a log or witness stands there twice");
  }
  return ok();
}

Result<void> check_data_centres(const NetworkMap& map) {
  if (map.data_centres.empty()) return malformed("no data centres");
  if (map.data_centres.size() > kMaxDataCentres)
    return fail(ErrorCode::kTooLarge, "network map: over 1,000 data centres");
  const x509::Name* before = nullptr;
  for (const MappedDataCentre& centre : map.data_centres) {
    if (before != nullptr && !(*before < centre.name))
      return malformed(centre.name.text() + ": twice, or not in order");
    if (!centre.name.is_below(map.root.subject()))
      return not_permitted(centre.name.text() + ": not below the root's name");
    TRY(check_certificates(centre, map));
    TRY(check_urls(centre));
    TRY(check_relay(centre, map));
    TRY(check_log(centre));
    TRY(check_witness(centre));
    before = &centre.name;
  }
  TRY(check_shared_urls(map));
  return check_shared_keys(map);
}

Result<void> check_map(const NetworkMap& map) {
  if (map.expires <= map.issued) return malformed("expires before it is issued");
  TRY(check_life(map.root, map));
  if (map.next_root) {
    TRY(check_life(map.next_root->root, map));
    TRY(check_life(map.next_root->link, map));
  }
  return check_data_centres(map);
}

// --- JSON

boost::json::value time_or_null(const std::optional<TimePoint>& time) {
  if (!time) return nullptr;
  return boost::json::value(boost::json::string_view(format_time(*time)));
}

boost::json::object write_data_centre(const MappedDataCentre& centre) {
  boost::json::array certificates;
  for (const x509::Certificate& ca : centre.ca_certificates)
    certificates.emplace_back(base64_encode(ca.der()));
  boost::json::object object;
  object["name"] = centre.name.text();
  object["certificates"] = std::move(certificates);
  object["serviceUrl"] = centre.service_url;
  object["statusUrl"] = centre.status_url;
  object["through"] = text_or_null(centre.through ? centre.through->text() : std::string());
  object["retired"] = time_or_null(centre.retired);
  if (centre.log)
    object["log"] = boost::json::object{
        {"origin", centre.log->origin}, {"key", centre.log->key.text()}, {"url", centre.log->url}};
  if (centre.witness)
    object["witness"] =
        boost::json::object{{"key", centre.witness->key.text()}, {"url", centre.witness->url}};
  return object;
}

Result<x509::Certificate> read_certificate(ObjectReader& reader, std::string_view member) {
  TRY(const Bytes der, reader.base64(member, kMaxCertificate));
  auto certificate = x509::Certificate::from_der(der);
  if (!certificate) return fail(std::move(certificate).error(), "network map: " + std::string(member));
  return certificate;
}

Result<std::vector<x509::Certificate>> read_certificates(ObjectReader& reader) {
  TRY(const std::vector<std::string> texts,
      reader.texts("certificates", kMaxCasOfADataCentre, (kMaxCertificate + 2) / 3 * 4));
  std::vector<x509::Certificate> certificates;
  for (const std::string& text : texts) {
    TRY(const Bytes der, base64_decode(text));
    auto certificate = x509::Certificate::from_der(der);
    if (!certificate) return fail(std::move(certificate).error(), "network map: certificates");
    certificates.push_back(std::move(certificate).value());
  }
  return certificates;
}

Result<checkpoint::VerifierKey> read_key(ObjectReader& reader) {
  TRY(const std::string text, reader.text("key", kMaxKey));
  auto key = checkpoint::VerifierKey::parse(text);
  if (!key) return fail(std::move(key).error(), "network map: key");
  return key;
}

Result<std::optional<MappedLog>> read_mapped_log(ObjectReader& centre) {
  if (!centre.has("log")) return std::optional<MappedLog>();
  TRY(ObjectReader reader, centre.object("log"));
  TRY(std::string origin, reader.text("origin", kMaxLogOrigin));
  TRY(checkpoint::VerifierKey key, read_key(reader));
  TRY(std::string url, reader.text("url", kMaxUrl));
  TRY(reader.finish());
  return std::optional(MappedLog{std::move(origin), std::move(key), std::move(url)});
}

Result<std::optional<MappedWitness>> read_mapped_witness(ObjectReader& centre) {
  if (!centre.has("witness")) return std::optional<MappedWitness>();
  TRY(ObjectReader reader, centre.object("witness"));
  TRY(checkpoint::VerifierKey key, read_key(reader));
  TRY(std::string url, reader.text("url", kMaxUrl));
  TRY(reader.finish());
  return std::optional(MappedWitness{std::move(key), std::move(url)});
}

Result<MappedDataCentre> read_data_centre(ObjectReader& reader) {
  TRY(x509::Name name, read_name(reader, "name"));
  MappedDataCentre centre{std::move(name), {}, {}, {}, {}, {}};
  TRY(centre.ca_certificates, read_certificates(reader));
  TRY(centre.service_url, reader.text("serviceUrl", kMaxUrl));
  TRY(centre.status_url, reader.text("statusUrl", kMaxUrl));
  TRY(const std::string through, reader.text_or_null("through", kMaxNameText));
  if (!through.empty()) {
    TRY(centre.through, name_in_usual_spelling(through, "through"));
  }
  TRY(const std::string retired, reader.text_or_null("retired", 20));
  if (!retired.empty()) {
    TRY(centre.retired, parse_time(retired));
  }
  TRY(centre.log, read_mapped_log(reader));
  TRY(centre.witness, read_mapped_witness(reader));
  TRY(reader.finish());
  return centre;
}

Result<std::optional<NextRoot>> read_next_root(ObjectReader& map) {
  TRY(std::optional<ObjectReader> reader, map.object_or_null("nextRoot"));
  if (!reader) return std::optional<NextRoot>();
  TRY(x509::Certificate root, read_certificate(*reader, "certificate"));
  TRY(x509::Certificate link, read_certificate(*reader, "link"));
  TRY(reader->finish());
  return std::optional<NextRoot>(NextRoot{std::move(root), std::move(link)});
}

}  // namespace

Result<Bytes> write_network_map(const NetworkMap& map) {
  boost::json::object object = begin_document("network-map");
  object["mapVersion"] = map.version;
  object["issued"] = format_time(map.issued);
  object["expires"] = format_time(map.expires);
  object["root"] = base64_encode(map.root.der());
  object["nextRoot"] = nullptr;
  if (map.next_root)
    object["nextRoot"] = boost::json::object{{"certificate", base64_encode(map.next_root->root.der())},
                                             {"link", base64_encode(map.next_root->link.der())}};
  boost::json::array centres;
  for (const MappedDataCentre& centre : map.data_centres) centres.emplace_back(write_data_centre(centre));
  object["dataCentres"] = std::move(centres);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_network_map(bytes));
  return bytes;
}

Result<NetworkMap> parse_network_map(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "network map", kLimits));
  TRY(reader.expect("network-map", 1));
  TRY(const std::int64_t version, reader.integer("mapVersion", 1, kLargestInteger));
  TRY(const TimePoint issued, reader.time("issued"));
  TRY(const TimePoint expires, reader.time("expires"));
  TRY(x509::Certificate root, read_certificate(reader, "root"));
  TRY(std::optional<NextRoot> next_root, read_next_root(reader));
  TRY(std::vector<ObjectReader> centres, reader.objects("dataCentres", kMaxDataCentres));
  TRY(reader.finish());
  NetworkMap map{version, issued, expires, std::move(root), std::move(next_root), {}};
  for (ObjectReader& centre : centres) {
    TRY(MappedDataCentre read, read_data_centre(centre));
    map.data_centres.push_back(std::move(read));
  }
  TRY(check_map(map));
  return map;
}

const MappedDataCentre* find_data_centre(const NetworkMap& map, const x509::Name& name) {
  const auto found = std::ranges::find(map.data_centres, name, &MappedDataCentre::name);
  return found == map.data_centres.end() ? nullptr : &*found;
}

const MappedDataCentre* home_of(const NetworkMap& map, const x509::Name& subscriber) {
  const MappedDataCentre* home = nullptr;
  for (const MappedDataCentre& centre : map.data_centres)
    if (subscriber.is_below(centre.name) && (home == nullptr || centre.name.is_below(home->name)))
      home = &centre;
  return home;
}

// --- signed

Result<Bytes> sign_network_map(const x509::Signer& signer, const NetworkMap& map, TimePoint now) {
  TRY(const Bytes json, write_network_map(map));
  TRY(Bytes der,
      x509::sign_cms(signer, json, {.signing_time = whole_seconds(now), .limit = kMaxSignedNetworkMap}));
  TRY(verify_network_map(der, map.root, now));
  return der;
}

Result<VerifiedMap> verify_network_map(BytesView der, const x509::Certificate& root, TimePoint at) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(der, kMaxSignedNetworkMap));
  TRY(x509::Certificate signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  TRY(x509::verify_path_to_root(signer, root, x509::Role::kNetworkMapSigner, at));
  TRY(const x509::VerifiedCms verified, x509::verify_cms(cms, signer));
  if (verified.content_type != x509::ContentType::kData || cms.certificates().size() != 1)
    return malformed("must carry the map, its signer's certificate and no other");
  TRY(NetworkMap map, parse_network_map(verified.content));
  if (!(map.root == root))
    return fail(ErrorCode::kCertificateUnknown,
                "network map: of another root than the one that certified its signer");
  if (map.issued > at + kClockTolerance)
    return fail(ErrorCode::kNotYetValid, "network map: issued at " + format_time(map.issued));
  TRY(check_life(signer, map));
  const TimePoint judged_at = std::max(at, map.issued);
  std::vector<x509::Certificate> cas;
  for (const MappedDataCentre& centre : map.data_centres)
    cas.insert(cas.end(), centre.ca_certificates.begin(), centre.ca_certificates.end());
  TRY(x509::TrustAnchor anchor, x509::TrustAnchor::create(root, std::move(cas), judged_at));
  if (map.next_root) {
    TRY(x509::verify_next_root(map.next_root->root, map.next_root->link, root, judged_at));
  }
  const Sha256Digest digest = crypto::sha256(verified.content);
  return VerifiedMap{std::move(map), std::move(signer), digest,
                     std::make_shared<const x509::TrustAnchor>(std::move(anchor))};
}

Result<VerifiedMap> verify_map_as_issued(BytesView der, const x509::Certificate& root) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(der, kMaxSignedNetworkMap));
  TRY(const NetworkMap claimed, parse_network_map(cms.unverified_content()));
  return verify_network_map(der, root, claimed.issued);
}

}  // namespace countersign::documents
