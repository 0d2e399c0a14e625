// SPDX-License-Identifier: Apache-2.0
#include "network/kept_map.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

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
  TRY(file.signed_map, reader.base64("map", documents::kMaxSignedNetworkMap));
  TRY(reader.finish());
  return file;
}

// From the root that the party was given along the links to the one that is trusted now. A party that was
// given a later root since then begins there. Each link was judged when it was followed: here it is what it
// was then.
Result<x509::Certificate> follow(const std::vector<documents::NextRoot>& roots,
                                 const x509::Certificate& first) {
  x509::Certificate root = first;
  const auto begin = std::ranges::find(roots, first, &documents::NextRoot::root);
  for (auto each = begin == roots.end() ? roots.begin() : begin + 1; each != roots.end(); ++each) {
    const TimePoint then = std::max(each->link.not_before(), each->root.not_before());
    TRY(x509::verify_next_root(each->root, each->link, root, then));
    root = each->root;
  }
  return root;
}

// A map that was kept was judged when it was taken: it is judged again as of its issue, so that one that is
// over still says which maps are older.
Result<documents::VerifiedMap> verify_kept(BytesView signed_map, const x509::Certificate& root) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(signed_map, documents::kMaxSignedNetworkMap));
  TRY(const documents::NetworkMap stated, documents::parse_network_map(cms.unverified_content()));
  return documents::verify_network_map(signed_map, root, stated.issued);
}

std::shared_ptr<const MapView> view_of(documents::VerifiedMap verified, BytesView signed_map) {
  return std::make_shared<const MapView>(
      MapView{std::move(verified.map), std::move(verified.anchor), to_bytes(signed_map), verified.digest});
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

KeptMap::KeptMap(std::filesystem::path file, x509::Certificate root, const Clock& clock)
    : file_(std::move(file)), configured_root_(root), clock_(clock), state_{{}, std::move(root), {}, {}} {}

Result<std::unique_ptr<KeptMap>> KeptMap::open(std::filesystem::path file, x509::Certificate root,
                                               const Clock& clock) {
  std::unique_ptr<KeptMap> kept(new KeptMap(std::move(file), std::move(root), clock));
  TRY(kept->look_again());
  return kept;
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
    TRY(documents::VerifiedMap verified, verify_kept(file.signed_map, root));
    x509::Certificate signer = verified.signer;
    return State{std::move(file.roots), std::move(root), std::move(signer),
                 view_of(std::move(verified), file.signed_map)};
  };
  Result<State> state = read();
  if (!state && !state.error().detail.starts_with(file_.string()))
    return fail(std::move(state).error(), file_.string());
  return state;
}

Result<bool> KeptMap::look_again() {
  const std::lock_guard guard(mutex_);
  return look_again_locked();
}

Result<bool> KeptMap::look_again_locked() {
  TRY(const Stamp found, stamp());
  if (found == read_ || found == Stamp{}) return false;
  read_ = found;
  TRY(State state, read_file());
  if (state_.view) {
    if (state.view->digest == state_.view->digest) return false;
    if (state.passed.size() < state_.passed.size())
      return fail(ErrorCode::kConflict, file_.string() + ": holds a map of a root that another succeeded");
    if (auto newer = expect_newer(state); !newer)
      return fail(std::move(newer).error(), file_.string() + ": another than the one in use");
  }
  state_ = std::move(state);
  return true;
}

// What is kept once this map is: verified under the root, or under the one that the map kept so far names as
// the next.
Result<KeptMap::State> KeptMap::judge(BytesView signed_map) const {
  const TimePoint now = clock_.now();
  State offered{state_.passed, state_.root, {}, {}};
  Result<documents::VerifiedMap> verified = documents::verify_network_map(signed_map, state_.root, now);
  if (!verified && verified.error().code == ErrorCode::kCertificateUnknown && state_.view &&
      state_.view->map.next_root) {
    const documents::NextRoot& next = *state_.view->map.next_root;
    TRY(documents::VerifiedMap of_next, documents::verify_network_map(signed_map, next.root, now));
    TRY(x509::verify_next_root(next.root, next.link, state_.root, now));
    offered.passed.push_back(next);
    offered.root = next.root;
    verified = std::move(of_next);
  }
  if (!verified) return fail(std::move(verified).error());
  if (verified.value().map.expires <= now)
    return fail(ErrorCode::kExpired, "network map: was over at " + format_time(verified.value().map.expires));
  offered.signer = verified.value().signer;
  offered.view = view_of(std::move(verified).value(), signed_map);
  return offered;
}

// A signer that was certified later outweighs the one before, whatever version that had reached: otherwise
// the thief of a key could sign the last version that there can be. Versions go on over roots.
Result<void> KeptMap::expect_newer(const State& offered) const {
  const MapView& kept = *state_.view;
  if (offered.root == state_.root) {
    if (offered.signer->not_before() < state_.signer->not_before())
      return fail(ErrorCode::kConflict, "network map: " + version_text(*offered.view) +
                                            " is signed with a key that another succeeded");
    if (offered.signer->not_before() > state_.signer->not_before()) return ok();
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
  object["map"] = base64_encode(state.view->signed_map);
  const Bytes json = to_bytes(documents::write_json(object));
  TRY(parse_file(json));
  return storage::write_file(file_, json, storage::FileMode::kPublic);
}

Result<KeptMap::Taken> KeptMap::take(BytesView signed_map) {
  const std::lock_guard guard(mutex_);
  // What peers answer nearly always: known without a look at file and signatures.
  if (state_.view && clock_.now() < state_.view->map.expires && equal(signed_map, state_.view->signed_map))
    return Taken::kSame;
  TRY(const storage::FileDescriptor lock, lock_beside(file_));
  // What is in use outweighs a file that was spoilt or put back since: it is replaced below.
  if (const Result<bool> looked = look_again_locked(); !looked && !state_.view) return fail(looked.error());
  TRY(State offered, judge(signed_map));
  if (state_.view) {
    if (offered.view->digest == state_.view->digest) return Taken::kSame;
    TRY(expect_newer(offered));
  }
  TRY(write_file(offered));
  TRY(read_, stamp());
  state_ = std::move(offered);
  return Taken::kNewer;
}

std::shared_ptr<const MapView> KeptMap::newest() const {
  const std::lock_guard guard(mutex_);
  return state_.view;
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
