// SPDX-License-Identifier: Apache-2.0
#include "mediator/locked_heap.h"

#include <sys/mman.h>

#include <bit>
#include <new>

#include "crypto/secret.h"

namespace countersign::mediator {

LockedHeap::LockedHeap() noexcept {
  void* const mapped = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return;
  region_ = static_cast<std::byte*>(mapped);
  size_ = kSize;
  is_locked_ = mlock(mapped, kSize) == 0 && madvise(mapped, kSize, MADV_DONTDUMP) == 0 &&
               madvise(mapped, kSize, MADV_WIPEONFORK) == 0;
}

LockedHeap::~LockedHeap() {
  if (region_ == nullptr) return;
  crypto::wipe({reinterpret_cast<std::uint8_t*>(region_), size_});
  munmap(region_, size_);
}

void* LockedHeap::allocate(std::size_t size) noexcept {
  if (size > kLargest - sizeof(Header)) return nullptr;
  const std::size_t block = std::bit_ceil(std::max(size + sizeof(Header), kSmallest));
  const auto size_class = static_cast<std::size_t>(std::countr_zero(block / kSmallest));
  const std::lock_guard lock(mutex_);
  void* place = free_[size_class];
  if (place != nullptr) {
    free_[size_class] = free_[size_class]->next;
  } else {
    if (block > size_ - used_) return nullptr;
    place = region_ + used_;
    used_ += block;
  }
  return new (place) Header{size_class} + 1;
}

void LockedHeap::release(void* memory) noexcept {
  if (memory == nullptr) return;
  Header* const header = static_cast<Header*>(memory) - 1;
  const std::size_t size_class = header->size_class;
  crypto::wipe({reinterpret_cast<std::uint8_t*>(header), kSmallest << size_class});
  const std::lock_guard lock(mutex_);
  free_[size_class] = new (header) FreeBlock{free_[size_class]};
}

}  // namespace countersign::mediator
