// SPDX-License-Identifier: Apache-2.0
#include "network/kept_map.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "documents/fields.h"
#include "storage/file.h"
#include "storage/file_descriptor.h"

namespace countersign::network {
namespace {

constexpr std::size_t kMaxFile = 2 << 20;
constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr std::size_t kMaxRoots = 16;
constexpr documents::JsonLimits kLimits{.bytes = kMaxFile, .depth = 4, .members = 100};

// Keeps processes apart while one of them reads and replaces the file.
Result<storage::FileDescriptor> lock_beside(const std::filesystem::path& file) {
  TRY(storage::FileDescriptor lock,
      storage::FileDescriptor::open(file.string() + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW));
  while (::flock(lock.number(), LOCK_EX) != 0)
    if (errno != EINTR) return fail(storage::system_error(file.string() + ".lock"));
  return lock;
}

Result<x509::Certificate> read_certificate(documents::ObjectReader& reader, std::string_view member) {
  TRY(const Bytes der, reader.base64(member, kMaxCertificate));
  return x509::Certificate::from_der(der);
}

// The file: type "kept-network-map", version 1.
struct File {
  std::vector<documents::NextRoot> roots;
  std::optional<x509::Certificate> first;  // that the first of them followed; not in files of old
  Bytes signed_map;
};

Result<File> parse_file(BytesView json) {
  TRY(documents::ObjectReader reader, documents::ObjectReader::parse(json, "kept map", kLimits));
  TRY(reader.expect("kept-network-map", 1));
  File file;
  TRY(std::vector<documents::ObjectReader> roots, reader.objects("roots", kMaxRoots));
  for (documents::ObjectReader& each : roots) {
    TRY(x509::Certificate root, read_certificate(each, "certificate"));
    TRY(x509::Certificate link, read_certificate(each, "link"));
    TRY(each.finish());
    file.roots.push_back({std::move(root), std::move(link)});
  }
  if (reader.has("first")) {
    TRY(file.first, read_certificate(reader, "first"));
  }
  TRY(file.signed_map, reader.base64("map", documents::kMaxSignedNetworkMap));
  TRY(reader.finish());
  return file;
}

// Each link was judged when it was followed: here it is what it was then.
Result<void> verify_passed(const documents::NextRoot& next, const x509::Certificate& root) {
  return x509::verify_next_root(next.root, next.link, root,
                                std::max(next.link.not_before(), next.root.not_before()));
}

// From the root that the party was given along the links to the one that is trusted now. A party that was
// given a later root since then begins there.
Result<x509::Certificate> follow(const std::vector<documents::NextRoot>& roots,
                                 const x509::Certificate& given) {
  x509::Certificate root = given;
  const auto begin = std::ranges::find(roots, given, &documents::NextRoot::root);
  for (auto each = begin == roots.end() ? roots.begin() : begin + 1; each != roots.end(); ++each) {
    TRY(verify_passed(*each, root));
    root = each->root;
  }
  return root;
}

// The root that was passed first. A file of old does not say it: then it is the one that was given, unless
// that is a later one, and the first is forgotten.
Result<std::optional<x509::Certificate>> first_of(const File& file, const x509::Certificate& given) {
  if (file.roots.empty()) return std::optional<x509::Certificate>();
  if (file.first) {
    TRY(verify_passed(file.roots.front(), *file.first));
    return file.first;
  }
  const bool is_later = std::ranges::find(file.roots, given, &documents::NextRoot::root) != file.roots.end();
  return is_later ? std::optional<x509::Certificate>() : given;
}

// A map that was kept was judged when it was taken: it is judged again as of its issue, so that one that is
// over still says which maps are older.
Result<documents::VerifiedMap> verify_kept(BytesView signed_map, const x509::Certificate& root) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(signed_map, documents::kMaxSignedNetworkMap));
  TRY(const documents::NetworkMap stated, documents::parse_network_map(cms.unverified_content()));
  return documents::verify_network_map(signed_map, root, stated.issued);
}

std::shared_ptr<const MapView> view_of(documents::VerifiedMap verified, BytesView signed_map,
                                       std::vector<x509::Certificate> other_roots) {
  auto anchor =
      std::make_shared<const x509::TrustAnchor>(verified.anchor->with_other_roots(std::move(other_roots)));
  return std::make_shared<const MapView>(
      MapView{std::move(verified.map), std::move(anchor), to_bytes(signed_map), verified.digest});
}

bool is_readable(const std::filesystem::path& file) {
  const auto read = storage::read_file(file, kMaxFile);
  return read || read.error().code == ErrorCode::kTooLarge;
}

std::string version_text(const MapView& view) {
  return "version " + std::to_string(view.map.version);
}

}  // namespace

Result<const documents::MappedDataCentre*> MapView::home_of(const x509::Name& subscriber) const {
  if (const documents::MappedDataCentre* home = documents::home_of(map, subscriber)) return home;
  return fail(ErrorCode::kCertificateUnknown,
              "network map: no data centre above " + subscriber.text() + " in " + version_text(*this));
}

std::vector<x509::Certificate> KeptMap::State::other_roots(
    const std::optional<documents::NextRoot>& next) const {
  std::vector<x509::Certificate> roots;
  if (first) roots.push_back(*first);
  for (const documents::NextRoot& each : passed)
    if (!(each.root == root)) roots.push_back(each.root);
  if (next) roots.push_back(next->root);
  return roots;
}

bool has_retired(const documents::MappedDataCentre& data_centre, TimePoint now) {
  return data_centre.retired && *data_centre.retired <= now;
}

Result<void> expect_not_retired(const documents::MappedDataCentre& data_centre, TimePoint now) {
  if (!has_retired(data_centre, now)) return ok();
  return fail(ErrorCode::kExpired, data_centre.name.text() + " is retired since " +
                                       format_time(*data_centre.retired) + " by the network map");
}

KeptMap::KeptMap(std::filesystem::path file, x509::Certificate root, const Clock& clock)
    : file_(std::move(file)),
      configured_root_(root),
      clock_(clock),
      state_(std::make_shared<const State>(State{{}, {}, std::move(root), {}, {}})) {}

Result<std::unique_ptr<KeptMap>> KeptMap::open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock, Spoilt spoilt) {
  std::unique_ptr<KeptMap> kept(new KeptMap(std::move(file), std::move(root), clock));
  const Result<bool> looked = kept->look_again();
  if (looked) return kept;
  if (spoilt == Spoilt::kRefused || !is_readable(kept->file_)) return fail(looked.error());
  TRY(kept->put_aside(looked.error()));
  return kept;
}

Result<void> KeptMap::put_aside(const Error& why) {
  const std::lock_guard guard(writing_);
  TRY(const storage::FileDescriptor lock, lock_beside(file_));
  read_ = Stamp{};
  if (look_again_held()) return ok();  // another process was there before
  std::filesystem::path aside = file_;
  aside += ".spoilt";
  log_error("network_map_spoilt", why);
  std::error_code failure;
  std::filesystem::rename(file_, aside, failure);
  if (failure) return fail(ErrorCode::kUnavailable, file_.string() + ": " + failure.message());
  read_ = Stamp{};
  return ok();
}

std::shared_ptr<const KeptMap::State> KeptMap::state() const {
  const std::lock_guard guard(mutex_);
  return state_;
}

void KeptMap::use(State state) {
  auto used = std::make_shared<const State>(std::move(state));
  const std::lock_guard guard(mutex_);
  state_ = std::move(used);
}

x509::Certificate KeptMap::root() const {
  return state()->root;
}

std::vector<x509::Certificate> KeptMap::other_roots() const {
  const auto kept = state();
  return kept->other_roots(kept->view ? kept->view->map.next_root : std::nullopt);
}

Result<KeptMap::Stamp> KeptMap::stamp() const {
  struct stat found {};
  if (::stat(file_.c_str(), &found) != 0) {
    if (errno == ENOENT) return Stamp{};
    return fail(storage::system_error(file_));
  }
  return Stamp{found.st_ino, found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size};
}

Result<KeptMap::State> KeptMap::read_file() const {
  const auto read = [&]() -> Result<State> {
    TRY(const Bytes json, storage::read_file(file_, kMaxFile));
    TRY(File file, parse_file(json));
    TRY(x509::Certificate root, follow(file.roots, configured_root_));
    TRY(std::optional<x509::Certificate> first, first_of(file, configured_root_));
    TRY(documents::VerifiedMap verified, verify_kept(file.signed_map, root));
    State state{std::move(file.roots), std::move(first), std::move(root), verified.signer, {}};
    auto others = state.other_roots(verified.map.next_root);
    state.view = view_of(std::move(verified), file.signed_map, std::move(others));
    return state;
  };
  Result<State> state = read();
  if (!state && !state.error().detail.starts_with(file_.string()))
    return fail(std::move(state).error(), file_.string());
  return state;
}

Result<bool> KeptMap::look_again() {
  const std::lock_guard guard(writing_);
  return look_again_held();
}

Result<bool> KeptMap::look_again_held() {
  TRY(const Stamp found, stamp());
  if (found == read_ || found == Stamp{}) return false;
  read_ = found;
  TRY(State read, read_file());
  const auto kept = state();
  if (kept->view) {
    if (read.view->digest == kept->view->digest) return false;
    if (read.passed.size() < kept->passed.size())
      return fail(ErrorCode::kConflict, file_.string() + ": holds a map of a root that another succeeded");
    if (auto newer = expect_newer(*kept, read); !newer)
      return fail(std::move(newer).error(), file_.string() + ": another than the one in use");
  }
  use(std::move(read));
  return true;
}

// What is kept once this map is: verified under the root, or under the one that the map kept so far names as
// the next.
Result<KeptMap::State> KeptMap::judge(const State& kept, BytesView signed_map) const {
  const TimePoint now = clock_.now();
  State offered{kept.passed, kept.first, kept.root, {}, {}};
  Result<documents::VerifiedMap> verified = documents::verify_network_map(signed_map, kept.root, now);
  if (!verified && verified.error().code == ErrorCode::kCertificateUnknown && kept.view &&
      kept.view->map.next_root) {
    const documents::NextRoot& next = *kept.view->map.next_root;
    TRY(documents::VerifiedMap of_next, documents::verify_network_map(signed_map, next.root, now));
    TRY(x509::verify_next_root(next.root, next.link, kept.root, now));
    if (!offered.first) offered.first = kept.root;
    offered.passed.push_back(next);
    offered.root = next.root;
    verified = std::move(of_next);
  }
  if (!verified) return fail(std::move(verified).error());
  if (verified.value().map.expires <= now)
    return fail(ErrorCode::kExpired, "network map: was over at " + format_time(verified.value().map.expires));
  offered.signer = verified.value().signer;
  auto others = offered.other_roots(verified.value().map.next_root);
  offered.view = view_of(std::move(verified).value(), signed_map, std::move(others));
  return offered;
}

// A signer that was certified later outweighs the one before, whatever version that had reached: otherwise
// the thief of a key could sign the last version that there can be. Versions go on over roots.
Result<void> KeptMap::expect_newer(const State& before, const State& offered) {
  const MapView& kept = *before.view;
  if (offered.root == before.root) {
    if (offered.signer->not_before() < before.signer->not_before())
      return fail(ErrorCode::kConflict, "network map: " + version_text(*offered.view) +
                                            " is signed with a key that another succeeded");
    if (offered.signer->not_before() > before.signer->not_before()) return ok();
  }
  if (offered.view->map.version < kept.map.version)
    return fail(ErrorCode::kConflict, "network map: " + version_text(*offered.view) + " is older than " +
                                          version_text(kept) + ", which is kept");
  if (offered.view->map.version == kept.map.version)
    return fail(ErrorCode::kConflict, "network map: a fork: " + version_text(kept) +
                                          " is kept with SHA-256 " + hex_encode(kept.digest) +
                                          " and offered with " + hex_encode(offered.view->digest));
  return ok();
}

Result<void> KeptMap::write_file(const State& state) const {
  boost::json::object object = documents::begin_document("kept-network-map");
  boost::json::array roots;
  for (const documents::NextRoot& each : state.passed)
    roots.push_back(boost::json::object{{"certificate", base64_encode(each.root.der())},
                                        {"link", base64_encode(each.link.der())}});
  object["roots"] = std::move(roots);
  if (state.first) object["first"] = base64_encode(state.first->der());
  object["map"] = base64_encode(state.view->signed_map);
  const Bytes json = to_bytes(documents::write_json(object));
  TRY(parse_file(json));
  return storage::write_file(file_, json, storage::FileMode::kPublic);
}

Result<KeptMap::Taken> KeptMap::take(BytesView signed_map) {
  const std::lock_guard guard(writing_);
  // What peers answer nearly always: known without a look at file and signatures.
  if (const auto view = newest();
      view && clock_.now() < view->map.expires && equal(signed_map, view->signed_map))
    return Taken::kSame;
  TRY(const storage::FileDescriptor lock, lock_beside(file_));
  // What is in use outweighs a file that was spoilt or put back since: it is replaced below.
  if (const Result<bool> looked = look_again_held(); !looked && !newest()) return fail(looked.error());
  const auto kept = state();
  TRY(State offered, judge(*kept, signed_map));
  if (kept->view) {
    if (offered.view->digest == kept->view->digest) return Taken::kSame;
    TRY(expect_newer(*kept, offered));
  }
  TRY(write_file(offered));
  TRY(read_, stamp());
  use(std::move(offered));
  return Taken::kNewer;
}

std::shared_ptr<const MapView> KeptMap::newest() const {
  return state()->view;
}

Result<std::shared_ptr<const MapView>> KeptMap::current() const {
  std::shared_ptr<const MapView> view = newest();
  if (!view) return fail(ErrorCode::kNotFound, "network map: there is none yet");
  if (view->map.expires <= clock_.now())
    return fail(ErrorCode::kExpired,
                "network map: " + version_text(*view) + " was over at " + format_time(view->map.expires));
  return view;
}

}  // namespace countersign::network
