// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/config.h"
#include "documents/json.h"
#include "network/kept_map.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

using documents::MappedDataCentre;
using documents::NetworkMap;
using std::chrono::days;

constexpr std::size_t kMaxPem = 64 << 10;
constexpr std::string_view kTable = "data_centre";

// A JSON string is a TOML string.
std::string toml_string(std::string_view text) {
  return documents::write_json(boost::json::value(boost::json::string_view(text)));
}

// A word for a data centre that can stand in a file name and as a TOML key: its last name, "seoul-1".
std::string label_of(const x509::Name& name, std::set<std::string>& used) {
  std::string label;
  for (const char c : name.attributes().back().value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    label += plain ? c : '-';
  }
  label = label.substr(0, 40);
  for (int n = 2; !used.insert(label).second; ++n) label = fmt::format("{}-{}", label.substr(0, 40), n);
  return label;
}

Result<void> write_pem(const x509::Certificate& certificate, const std::filesystem::path& file) {
  return storage::write_file(file, as_bytes(certificate.pem()), storage::FileMode::kPublic);
}

Result<std::string> write_data_centre(const MappedDataCentre& centre, const std::string& label,
                                      const std::filesystem::path& folder) {
  std::string files;
  int number = 0;
  for (const x509::Certificate& ca : centre.ca_certificates) {
    const std::string file = fmt::format("{}.ca-{}.pem", label, ++number);
    TRY(write_pem(ca, folder / file));
    files.append(files.empty() ? "" : ", ").append(toml_string(file));
  }
  std::string text = fmt::format("\n[{}.{}]\nname = {}\nca_certificates = [{}]  # oldest first\n", kTable,
                                 label, toml_string(centre.name.text()), files);
  text += fmt::format("service_url = {}\nstatus_url = {}\n", toml_string(centre.service_url),
                      toml_string(centre.status_url));
  if (centre.through) text += fmt::format("through = {}\n", toml_string(centre.through->text()));
  if (centre.retired) text += fmt::format("retired = {}\n", toml_string(format_time(*centre.retired)));
  if (centre.log)
    text += fmt::format("log_key = {}  # its name is the origin of the log\nlog_url = {}\n",
                        toml_string(centre.log->key.text()), toml_string(centre.log->url));
  if (centre.witness)
    text += fmt::format("witness_key = {}\nwitness_url = {}\n", toml_string(centre.witness->key.text()),
                        toml_string(centre.witness->url));
  return text;
}

class PlanReader {
 public:
  PlanReader(Config& config, std::filesystem::path folder) : config_(config), folder_(std::move(folder)) {}

  Result<MappedDataCentre> data_centre(const std::string& label) {
    const std::string table = std::string(kTable) + "." + label + ".";
    TRY(const std::string name_text, config_.text(table + "name"));
    TRY(x509::Name name, name_of(name_text, table + "name"));
    MappedDataCentre centre{std::move(name), {}, {}, {}, {}, {}};
    TRY(const std::vector<std::string> files, config_.texts(table + "ca_certificates", {}));
    for (const std::string& file : files) {
      TRY(x509::Certificate ca, certificate(file));
      centre.ca_certificates.push_back(std::move(ca));
    }
    TRY(centre.service_url, config_.text(table + "service_url"));
    TRY(centre.status_url, config_.text(table + "status_url"));
    TRY(const std::string through, config_.text(table + "through", ""));
    if (!through.empty()) {
      TRY(centre.through, name_of(through, table + "through"));
    }
    TRY(const std::string retired, config_.text(table + "retired", ""));
    if (!retired.empty()) {
      auto time = parse_time(retired);
      if (!time) return fail(std::move(time).error(), table + "retired");
      centre.retired = time.value();
    }
    TRY(const std::optional<KeyAndUrl> log, key_and_url(table + "log"));
    if (log) centre.log = documents::MappedLog{log->key.name, log->key, log->url};
    TRY(const std::optional<KeyAndUrl> witness, key_and_url(table + "witness"));
    if (witness) centre.witness = documents::MappedWitness{witness->key, witness->url};
    return centre;
  }

  Result<x509::Certificate> certificate(const std::filesystem::path& file) const {
    const std::filesystem::path whole = folder_ / file;
    TRY(const Bytes pem, storage::read_file(whole, kMaxPem));
    auto read = x509::Certificate::from_pem(as_text(pem));
    if (!read) return fail(std::move(read).error(), whole.string());
    return read;
  }

 private:
  struct KeyAndUrl {
    checkpoint::VerifierKey key;
    std::string url;
  };

  // The settings "log_key" and "log_url", or neither.
  Result<std::optional<KeyAndUrl>> key_and_url(const std::string& what) {
    TRY(const std::string vkey, config_.text(what + "_key", ""));
    TRY(std::string url, config_.text(what + "_url", ""));
    if (vkey.empty() != url.empty())
      return fail(ErrorCode::kMalformed, what + "_key and " + what + "_url go together");
    if (vkey.empty()) return std::optional<KeyAndUrl>();
    auto key = checkpoint::VerifierKey::parse(vkey);
    if (!key) return fail(std::move(key).error(), what + "_key");
    return std::optional(KeyAndUrl{std::move(key).value(), std::move(url)});
  }

  static Result<x509::Name> name_of(const std::string& text, const std::string& setting) {
    auto name = x509::Name::from_text(text);
    if (!name) return fail(std::move(name).error(), setting);
    return name;
  }

  Config& config_;
  const std::filesystem::path folder_;
};

const MappedDataCentre* find(const std::vector<MappedDataCentre>& centres, const x509::Name& name) {
  const auto found = std::ranges::find(centres, name, &MappedDataCentre::name);
  return found == centres.end() ? nullptr : &*found;
}

// Receipts are verified with the log key that maps name: who leaves it out leaves them without one.
Result<void> expect_same_log(const MappedDataCentre& now, const MappedDataCentre& before) {
  if (!before.log || (now.log && now.log->key == before.log->key)) return ok();
  return fail(ErrorCode::kConflict, "plan: leaves out the log key of " + before.name.text() + " (" +
                                        before.log->origin + "): keep it, or say --leave-out");
}

// Whoever is left out is unknown to all others from then on: that is said beforehand, by a map in which it is
// retired.
Result<void> expect_nobody_left_out(const NetworkMap& map, const NetworkMap& previous) {
  for (const MappedDataCentre& before : previous.data_centres) {
    const MappedDataCentre* now = find(map.data_centres, before.name);
    if (now == nullptr) {
      if (network::has_retired(before, map.issued)) continue;
      return fail(ErrorCode::kConflict,
                  "plan: leaves out " + before.name.text() +
                      ", which is not retired: sign a map with its `retired` first, or say --leave-out");
    }
    TRY(expect_same_log(*now, before));
    for (const x509::Certificate& ca : before.ca_certificates) {
      const bool stays = std::ranges::any_of(now->ca_certificates, [&](const x509::Certificate& other) {
        return other.public_key() == ca.public_key();
      });
      if (!stays && ca.not_after() > map.issued)
        return fail(ErrorCode::kConflict, "plan: leaves out a CA key of " + before.name.text() +
                                              " whose certificate is valid until " +
                                              format_time(ca.not_after()) +
                                              ": keep it beside the new one, or say --leave-out");
    }
  }
  return ok();
}

std::string short_fingerprint(const x509::Certificate& certificate) {
  return hex_encode(certificate.fingerprint()).substr(0, 16);
}

}  // namespace

MapPlan plan_of(const NetworkMap& map) {
  return {map.next_root, map.data_centres};
}

Result<std::string> write_map_plan(const MapPlan& plan, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  std::string text = "# Plan of a network map. Change it, then: countersign-authority network map sign\n";
  if (plan.next_root) {
    TRY(write_pem(plan.next_root->root, folder / "next-root.pem"));
    TRY(write_pem(plan.next_root->link, folder / "next-root-link.pem"));
    text += "next_root = \"next-root.pem\"\nnext_root_link = \"next-root-link.pem\"\n";
  }
  std::set<std::string> labels;
  for (const MappedDataCentre& centre : plan.data_centres) {
    TRY(const std::string table, write_data_centre(centre, label_of(centre.name, labels), folder));
    text += table;
  }
  TRY(storage::write_file(folder / "plan.toml", as_bytes(text), storage::FileMode::kPublic));
  return text;
}

Result<MapPlan> read_map_plan(const std::filesystem::path& file) {
  TRY(Config config, Config::load(file));
  PlanReader reader(config, file.parent_path());
  MapPlan plan;
  TRY(const std::string next_root, config.text("next_root", ""));
  TRY(const std::string link, config.text("next_root_link", ""));
  if (next_root.empty() != link.empty())
    return fail(ErrorCode::kMalformed,
                file.string() + ": next_root and next_root_link go together: see `network next-root`");
  if (!next_root.empty()) {
    TRY(x509::Certificate root, reader.certificate(next_root));
    TRY(x509::Certificate certified, reader.certificate(link));
    plan.next_root = documents::NextRoot{std::move(root), std::move(certified)};
  }
  for (const std::string& label : config.tables(kTable)) {
    TRY(MappedDataCentre centre, reader.data_centre(label));
    plan.data_centres.push_back(std::move(centre));
  }
  TRY(config.finish());
  return plan;
}

Result<NetworkMap> map_of_plan(MapPlan plan, const std::optional<NetworkMap>& previous,
                               const MapTerms& terms) {
  const TimePoint issued = whole_seconds(terms.now);
  NetworkMap map{previous ? previous->version + 1 : 1,
                 issued,
                 issued + terms.valid,
                 terms.root,
                 std::move(plan.next_root),
                 std::move(plan.data_centres)};
  std::ranges::sort(map.data_centres, {}, &MappedDataCentre::name);
  for (MappedDataCentre& centre : map.data_centres)
    std::ranges::stable_sort(centre.ca_certificates, {}, &x509::Certificate::not_before);
  if (previous && terms.leaving_out == LeavingOut::kRefused) {
    TRY(expect_nobody_left_out(map, *previous));
  }
  return map;
}

Result<NetworkMap> read_map_of(BytesView signed_map, const x509::Certificate& root) {
  TRY(const documents::VerifiedMap verified, documents::verify_map_as_issued(signed_map, root));
  return verified.map;
}

Result<NetworkMap> read_previous_map(BytesView signed_map, const x509::Certificate& root,
                                     const std::optional<x509::Certificate>& root_before) {
  if (!root_before) return read_map_of(signed_map, root);
  TRY(NetworkMap map, read_map_of(signed_map, *root_before));
  if (!(*root_before == root) && (!map.next_root || !(map.next_root->root == root)))
    return fail(ErrorCode::kCertificateUnknown, "previous map: its root is not followed by the signer's");
  return map;
}

std::string describe_map(const NetworkMap& map, TimePoint now) {
  std::string text = fmt::format(
      "network   {}\nroot      SHA-256 {}\nversion   {}\nissued    {}\nexpires   {}  ({} days left)\n",
      map.root.subject().text(), hex_encode(map.root.fingerprint()), map.version, format_time(map.issued),
      format_time(map.expires), std::chrono::floor<days>(map.expires - now).count());
  if (map.next_root)
    text += fmt::format("next root SHA-256 {}\n", hex_encode(map.next_root->root.fingerprint()));
  for (const MappedDataCentre& centre : map.data_centres) {
    text += fmt::format("\n{}\n  service  {}\n  status   {}\n", centre.name.text(), centre.service_url,
                        centre.status_url);
    for (const x509::Certificate& ca : centre.ca_certificates)
      text += fmt::format("  CA       SHA-256 {}…, until {}\n", short_fingerprint(ca),
                          format_time(ca.not_after()));
    if (centre.through) text += fmt::format("  through  {}\n", centre.through->text());
    if (centre.retired)
      text += fmt::format("  retired  {}{}\n", network::has_retired(centre, now) ? "since " : "from ",
                          format_time(*centre.retired));
    if (centre.log)
      text += fmt::format("  log      {}\n           {}\n", centre.log->key.text(), centre.log->url);
    if (centre.witness)
      text += fmt::format("  witness  {}\n           {}\n", centre.witness->key.text(), centre.witness->url);
  }
  return text;
}

Error advise(Error error) {
  switch (error.code) {
    case ErrorCode::kExpired:
      error.detail += "; sign for fewer --valid-days, or leave out what is at its end";
      break;
    case ErrorCode::kNameNotPermitted:
      error.detail +=
          "; name, ca_certificates and service_url of one data centre belong together: take the "
          "ca.pem that `init` made there";
      break;
    case ErrorCode::kCertificateUnknown:
    case ErrorCode::kWrongRole:
      error.detail += "; every certificate must be of the root that certified the key that signs maps";
      break;
    case ErrorCode::kMalformed:
    case ErrorCode::kTooLarge:
      error.detail += "; correct the plan and sign again";
      break;
    default:
      break;
  }
  return error;
}

}  // namespace countersign::authority
