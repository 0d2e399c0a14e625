// SPDX-License-Identifier: Apache-2.0
#include "network/kept_map.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/log.h"
#include "crypto/digest.h"
#include "documents/fields.h"
#include "storage/file.h"
#include "storage/file_descriptor.h"

namespace countersign::network {
namespace {

constexpr std::size_t kMaxFile = 2 << 20;
constexpr std::size_t kMostWithdrawn = 500;
constexpr std::size_t kDigestText = 64;
constexpr documents::JsonLimits kLimits{.bytes = kMaxFile, .depth = 4, .members = 100 + kMostWithdrawn};

// Keeps processes apart while one of them reads and replaces the file.
Result<storage::FileDescriptor> lock_beside(const std::filesystem::path& file) {
  TRY(storage::FileDescriptor lock,
      storage::FileDescriptor::open(file.string() + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW));
  while (::flock(lock.number(), LOCK_EX) != 0)
    if (errno != EINTR) return fail(storage::system_error(file.string() + ".lock"));
  return lock;
}

// The file of the map: type "kept-network-map", version 1.
struct File {
  PassedRoots passed;
  std::vector<std::string> withdrawn;  // not in files of old
  Bytes signed_map;
};

Result<File> parse_file(BytesView json) {
  TRY(documents::ObjectReader reader, documents::ObjectReader::parse(json, "kept map", kLimits));
  TRY(reader.expect("kept-network-map", 1));
  File file;
  TRY(file.passed, read_roots_members(reader));
  if (reader.has("withdrawn")) {
    TRY(file.withdrawn, reader.texts("withdrawn", kMostWithdrawn, kDigestText));
  }
  TRY(file.signed_map, reader.base64("map", documents::kMaxSignedNetworkMap));
  TRY(reader.finish());
  return file;
}

std::filesystem::path roots_beside(std::filesystem::path file) {
  return file.replace_extension(".roots");
}

std::string key_text(const x509::Certificate& ca) {
  return hex_encode(crypto::sha256(ca.public_key().spki()));
}

std::set<std::string> keys_of(const documents::NetworkMap& map) {
  std::set<std::string> keys;
  for (const documents::MappedDataCentre& each : map.data_centres)
    for (const x509::Certificate& ca : each.ca_certificates) keys.insert(key_text(ca));
  return keys;
}

// The keys of CAs that maps have named up to the one before, and `now` does not.
std::vector<std::string> withdrawn_by(const documents::NetworkMap& now, std::vector<std::string> earlier,
                                      const documents::NetworkMap& before) {
  const std::set<std::string> named = keys_of(now);
  for (const std::string& key : keys_of(before))
    if (std::ranges::find(earlier, key) == earlier.end()) earlier.push_back(key);
  std::erase_if(earlier, [&](const std::string& key) { return named.contains(key); });
  if (earlier.size() > kMostWithdrawn)
    earlier.erase(earlier.begin(), earlier.end() - static_cast<std::ptrdiff_t>(kMostWithdrawn));
  return earlier;
}

Result<void> move_aside(const std::filesystem::path& file, const Error& why) {
  log_error("network_map_spoilt", why);
  std::error_code failure;
  std::filesystem::rename(file, file.string() + ".spoilt", failure);
  if (failure) return fail(ErrorCode::kUnavailable, file.string() + ": " + failure.message());
  return ok();
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
  if (passed.first) roots.push_back(*passed.first);
  for (const documents::NextRoot& each : passed.roots)
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
      roots_file_(roots_beside(file_)),
      configured_root_(root),
      clock_(clock),
      state_(std::make_shared<const State>(State{{}, std::move(root), {}, {}, {}})) {}

Result<std::unique_ptr<KeptMap>> KeptMap::open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock, Spoilt spoilt) {
  std::unique_ptr<KeptMap> kept(new KeptMap(std::move(file), std::move(root), clock));
  const Result<void> begun = kept->begin(spoilt);
  const Result<bool> looked = kept->look_again();
  if (!begun && !(looked && !kept->state()->passed.roots.empty())) return fail(begun.error());
  if (looked) return kept;
  if (spoilt == Spoilt::kRefused || !is_readable(kept->file_)) return fail(looked.error());
  TRY(kept->put_aside(looked.error()));
  return kept;
}

// The roots that were passed, by their own file, before any map is looked at.
Result<void> KeptMap::begin(Spoilt spoilt) {
  if (!std::filesystem::exists(roots_file_)) return ok();
  Result<State> read = read_roots();
  if (!read && read.error().code == ErrorCode::kConflict && spoilt == Spoilt::kSetAside)
    return move_aside(roots_file_, read.error());
  if (!read) return fail(std::move(read).error());
  use(std::move(read).value());
  return ok();
}

// kConflict where it begins with another root than the one that was given.
Result<KeptMap::State> KeptMap::read_roots() const {
  TRY(const Bytes json, storage::read_file(roots_file_, kMaxRootsFile));
  Result<PassedRoots> passed = parse_roots_file(json);
  if (!passed) return fail(std::move(passed).error(), roots_file_.string());
  if (passed.value().begin_elsewhere(configured_root_))
    return fail(ErrorCode::kConflict, roots_file_.string() + ": begins with another root than was given");
  auto root = passed.value().follow(configured_root_);
  if (!root) return fail(ErrorCode::kMalformed, roots_file_.string() + ": " + root.error().detail);
  auto known = passed.value().with_first(configured_root_);
  if (!known) return fail(ErrorCode::kMalformed, roots_file_.string() + ": " + known.error().detail);
  return State{std::move(known).value(), std::move(root).value(), {}, {}, {}};
}

Result<void> KeptMap::put_aside(const Error& why) {
  const std::lock_guard guard(writing_);
  TRY(const storage::FileDescriptor lock, lock_beside(file_));
  read_ = Stamp{};
  if (look_again_held()) return ok();  // another process was there before
  TRY(move_aside(file_, why));
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
    TRY(x509::Certificate root, file.passed.follow(configured_root_));
    TRY(PassedRoots passed, file.passed.with_first(configured_root_));
    TRY(documents::VerifiedMap verified, verify_kept(file.signed_map, root));
    State state{std::move(passed), std::move(root), verified.signer, {}, std::move(file.withdrawn)};
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
  if (kept->view && read.view->digest == kept->view->digest) return false;
  if (read.passed.roots.size() < kept->passed.roots.size())
    return fail(ErrorCode::kConflict, file_.string() + ": holds a map of a root that another succeeded");
  if (kept->view) {
    if (auto newer = expect_newer(*kept, read); !newer)
      return fail(std::move(newer).error(), file_.string() + ": another than the one in use");
  }
  TRY(keep_roots(*kept, read));
  use(std::move(read));
  return true;
}

// What is kept once this map is: verified under the root, or under the one that the map kept so far names as
// the next.
Result<KeptMap::State> KeptMap::judge(const State& kept, BytesView signed_map) const {
  const TimePoint now = clock_.now();
  State offered{kept.passed, kept.root, {}, {}, {}};
  Result<documents::VerifiedMap> verified = documents::verify_network_map(signed_map, kept.root, now);
  if (!verified && verified.error().code == ErrorCode::kCertificateUnknown && kept.view &&
      kept.view->map.next_root) {
    const documents::NextRoot& next = *kept.view->map.next_root;
    TRY(documents::VerifiedMap of_next, documents::verify_network_map(signed_map, next.root, now));
    TRY(x509::verify_next_root(next.root, next.link, kept.root, now));
    if (!offered.passed.first) offered.passed.first = kept.root;
    offered.passed.roots.push_back(next);
    offered.root = next.root;
    verified = std::move(of_next);
  }
  if (!verified) return fail(std::move(verified).error());
  if (verified.value().map.expires <= now)
    return fail(ErrorCode::kExpired, "network map: was over at " + format_time(verified.value().map.expires));
  offered.signer = verified.value().signer;
  if (kept.view) offered.withdrawn = withdrawn_by(verified.value().map, kept.withdrawn, kept.view->map);
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
  put_roots_members(state.passed, object);
  if (!state.withdrawn.empty()) {
    boost::json::array withdrawn;
    for (const std::string& key : state.withdrawn) withdrawn.push_back(boost::json::value(key));
    object["withdrawn"] = std::move(withdrawn);
  }
  object["map"] = base64_encode(state.view->signed_map);
  const Bytes json = to_bytes(documents::write_json(object));
  TRY(parse_file(json));
  return storage::write_file(file_, json, storage::FileMode::kPublic);
}

// A root that is passed is durable in both files before anybody uses it. The map's is written first: what one
// file says after an interruption the other is completed with.
Result<void> KeptMap::keep_roots(const State& before, const State& after) const {
  if (after.passed.roots.size() <= before.passed.roots.size()) return ok();
  TRY(const Bytes json, write_roots_file(after.passed));
  return storage::write_file(roots_file_, json, storage::FileMode::kPublic);
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
  TRY(keep_roots(*kept, offered));
  TRY(read_, stamp());
  use(std::move(offered));
  return Taken::kNewer;
}

bool KeptMap::has_withdrawn(const x509::Certificate& ca) const {
  const auto kept = state();
  const auto subtree = x509::permitted_subtree(ca);
  if (!kept->view || !subtree) return false;
  if (documents::find_data_centre(kept->view->map, subtree.value()) == nullptr) return false;
  return std::ranges::find(kept->withdrawn, key_text(ca)) != kept->withdrawn.end();
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
