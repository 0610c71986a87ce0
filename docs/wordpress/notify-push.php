<?php
/**
 * Plugin Name: Notify push
 * Description: Tells Notify when a post is published, changed or taken down.
 * Version: 1.0
 * Requires at least: 5.7
 * Requires PHP: 7.2
 *
 * Copy this file to wp-content/mu-plugins/ and put two lines into wp-config.php:
 *
 *   define( 'NOTIFY_URL', 'https://notify.example/webhooks/articles/site' );
 *   define( 'NOTIFY_SECRET', 'the same as in ArticleWebhooks:site:Secrets' );
 *
 * Posts only, unless the filter notify_post_types says more. Imports are not told.
 */

defined( 'ABSPATH' ) || exit;

/** How often a call that did not come through is tried again, a few minutes apart. */
const NOTIFY_TRIES = 5;

/** Only remembers: categories and the rest are saved after this, so the call waits for the end of the request. */
add_action( 'transition_post_status', function ( $new, $old, $post ) {
	static $changed = array();
	$types = (array) apply_filters( 'notify_post_types', array( 'post' ) );
	if ( ! in_array( $post->post_type, $types, true ) || ( 'publish' !== $new && 'publish' !== $old ) ) {
		return;
	}
	if ( wp_is_post_revision( $post ) || wp_is_post_autosave( $post ) || ( defined( 'WP_IMPORTING' ) && WP_IMPORTING ) ) {
		return;
	}
	if ( ! $changed ) {
		add_action( 'shutdown', function () use ( &$changed ) {
			foreach ( $changed as $id => $previous ) {
				notify_push( $id, $previous, 0 );
			}
		} );
	}
	// Of several changes within a request the first says what it was before.
	if ( ! isset( $changed[ $post->ID ] ) ) {
		$changed[ $post->ID ] = $old;
	}
}, 10, 3 );

/** A post that is deleted for good without the bin in between. */
add_action( 'before_delete_post', function ( $id ) {
	if ( 'publish' === get_post_status( $id ) && in_array( get_post_type( $id ), (array) apply_filters( 'notify_post_types', array( 'post' ) ), true ) ) {
		notify_call( array( 'id' => $id, 'status' => 'deleted', 'previous' => 'publish', 'guid' => get_the_guid( $id ), 'link' => get_permalink( $id ) ) );
	}
} );

add_action( 'notify_push_again', 'notify_push', 10, 3 );

/** Says how a post stands now, whatever happened since it was to be told. */
function notify_push( $id, $previous, $tries ) {
	$post = get_post( $id );
	if ( ! $post ) {
		return;
	}
	$names = wp_get_post_terms( $id, array( 'category', 'post_tag' ), array( 'fields' => 'names' ) );
	$come_through = notify_call( array(
		'id'           => $id,
		'status'       => '' === $post->post_password ? $post->post_status : 'private',
		'previous'     => $previous,
		'guid'         => get_the_guid( $post ),
		'link'         => get_permalink( $post ),
		'title'        => get_the_title( $post ),
		'excerpt'      => get_the_excerpt( $post ),
		'date_gmt'     => get_post_time( 'c', true, $post ),
		'categories'   => is_wp_error( $names ) ? array() : $names,
		'image'        => get_the_post_thumbnail_url( $post, 'large' ) ?: null,
	) );
	if ( ! $come_through && $tries < NOTIFY_TRIES ) {
		wp_schedule_single_event( time() + 60 * ( 1 << $tries ), 'notify_push_again', array( $id, $previous, $tries + 1 ) );
	}
}

/** @return bool Whether there is nothing to try again. */
function notify_call( array $post ) {
	if ( ! defined( 'NOTIFY_URL' ) || ! defined( 'NOTIFY_SECRET' ) ) {
		return true;
	}
	$body     = wp_json_encode( $post );
	$time     = (string) (int) round( microtime( true ) * 1000 );
	$response = wp_remote_post( NOTIFY_URL, array(
		'timeout'     => 5,
		'redirection' => 0,
		'body'        => $body,
		'headers'     => array(
			'Content-Type'       => 'application/json',
			'X-Notify-Timestamp' => $time,
			'X-Notify-Signature' => 'sha256=' . hash_hmac( 'sha256', $time . '.' . $body, NOTIFY_SECRET ),
		),
	) );
	$status = is_wp_error( $response ) ? 0 : (int) wp_remote_retrieve_response_code( $response );
	if ( $status < 200 || $status > 299 ) {
		error_log( 'Notify did not take a post: ' . ( $status ? $status : $response->get_error_message() ) );
	}
	// What is refused stays refused; whoever is busy or away may take it later.
	return $status >= 200 && $status < 500 && 429 !== $status && 408 !== $status;
}
