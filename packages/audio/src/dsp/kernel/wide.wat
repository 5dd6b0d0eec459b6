;; Floats to doubles, four at a time: up to three values beyond the end are touched.
(func (export "widen") (param $from i32) (param $to i32) (param $count i32)
  (local $x v128)
  (block $done
    (loop $next
      (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
      (local.set $x (v128.load (local.get $from)))
      (v128.store (local.get $to) (f64x2.promote_low_f32x4 (local.get $x)))
      (v128.store offset=16 (local.get $to) (f64x2.promote_low_f32x4
        (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (local.set $count (i32.sub (local.get $count) (i32.const 4)))
      (br $next))))

;; Lanes 0+1 of two sums.
(func $across (param $a v128) (param $b v128) (result v128)
  (f64x2.add
    (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))
    (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))

;; In double precision, $count outputs of one phase: the first from $in into $out as a float, each next one $in_step and
;; $out_step further. $row: its coefficients, $row_bytes (a multiple of 32) long. Two at a time; an odd last one is made
;; twice.
(func (export "filter_wide")
  (param $in i32) (param $in_step i32) (param $row i32) (param $row_bytes i32)
  (param $out i32) (param $out_step i32) (param $count i32)
  (local $x0 i32) (local $x1 i32) (local $c i32) (local $end i32)
  (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128) (local $k v128)
  (local.set $end (i32.add (local.get $row) (local.get $row_bytes)))
  (block $done
    (loop $pair
      (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
      (if (i32.eq (local.get $count) (i32.const 1))
        (then
          (local.set $in_step (i32.const 0))
          (local.set $out_step (i32.const 0))))
      (local.set $x0 (local.get $in))
      (local.set $x1 (i32.add (local.get $x0) (local.get $in_step)))
      (local.set $in (i32.add (local.get $x1) (local.get $in_step)))
      (local.set $c (local.get $row))
      (local.set $a0 (v128.const i32x4 0 0 0 0))
      (local.set $a1 (v128.const i32x4 0 0 0 0))
      (local.set $b0 (v128.const i32x4 0 0 0 0))
      (local.set $b1 (v128.const i32x4 0 0 0 0))
      (loop $taps
        (local.set $k (v128.load (local.get $c)))
        (local.set $a0 (f64x2.add (local.get $a0) (f64x2.mul (v128.load (local.get $x0)) (local.get $k))))
        (local.set $b0 (f64x2.add (local.get $b0) (f64x2.mul (v128.load (local.get $x1)) (local.get $k))))
        (local.set $k (v128.load offset=16 (local.get $c)))
        (local.set $a1 (f64x2.add (local.get $a1) (f64x2.mul (v128.load offset=16 (local.get $x0)) (local.get $k))))
        (local.set $b1 (f64x2.add (local.get $b1) (f64x2.mul (v128.load offset=16 (local.get $x1)) (local.get $k))))
        (local.set $x0 (i32.add (local.get $x0) (i32.const 32)))
        (local.set $x1 (i32.add (local.get $x1) (i32.const 32)))
        (local.set $c (i32.add (local.get $c) (i32.const 32)))
        (br_if $taps (i32.lt_u (local.get $c) (local.get $end))))
      (local.set $k (f32x4.demote_f64x2_zero (f64x2.add
        (call $across (local.get $a0) (local.get $b0))
        (call $across (local.get $a1) (local.get $b1)))))
      (v128.store32_lane 0 (local.get $out) (local.get $k))
      (local.set $out (i32.add (local.get $out) (local.get $out_step)))
      (v128.store32_lane 1 (local.get $out) (local.get $k))
      (local.set $out (i32.add (local.get $out) (local.get $out_step)))
      (local.set $count (i32.sub (local.get $count) (i32.const 2)))
      (br $pair))))
