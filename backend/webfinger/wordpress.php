<?php
/*
 * Plugin Name: WebFinger
 * Description: Answers at /.well-known/webfinger (RFC 7033). Prepared by Hearthkey.
 */

add_action('muplugins_loaded', function () {
	list($path, $query) = array_pad(explode('?', $_SERVER['REQUEST_URI'], 2), 2, '');
	if ($path !== '/.well-known/webfinger') {
		return;
	}
	$settings = json_decode('SETTINGS');
	header('Access-Control-Allow-Origin: *');
	$refuse = function ($status) {
		http_response_code($status);
		exit;
	};
	if ($_SERVER['REQUEST_METHOD'] === 'OPTIONS') {
		$refuse(204);
	}
	if ($_SERVER['REQUEST_METHOD'] !== 'GET' && $_SERVER['REQUEST_METHOD'] !== 'HEAD') {
		header('Allow: GET, HEAD, OPTIONS');
		$refuse(405);
	}
	$asked = array('resource' => array(), 'rel' => array());
	foreach (explode('&', $query) as $pair) {
		list($name, $value) = array_pad(explode('=', $pair, 2), 2, '');
		if (isset($asked[$name])) {
			$asked[$name][] = rawurldecode($value); // a plus sign is one (RFC 7033, section 4.1)
		}
	}
	$resource = count($asked['resource']) === 1 ? $asked['resource'][0] : '';
	$character = '[A-Za-z0-9._~!$&\'()*+,;=-]|%[0-9A-Fa-f]{2}'; // RFC 7565, section 7
	if (!preg_match('{^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&\'()*+,;=-]|%[0-9A-Fa-f]{2})+$}iD', $resource)) {
		$refuse(400);
	}
	if (!preg_match("{^acct:((?:$character)+)@([A-Za-z0-9._~-]+)$}iD", $resource, $parts)) {
		$refuse(stripos($resource, 'acct:') === 0 ? 400 : 404);
	}
	$account = strtolower(rawurldecode($parts[1]));
	$among = function ($list) use ($account) {
		return in_array($account, array_map('strtolower', $list), true);
	};
	if (strtolower($parts[2]) !== $settings->domain || ($settings->accounts !== null && !$among($settings->accounts))) {
		$refuse(404);
	}
	$theirs = !$settings->keptFor || $among($settings->keptFor);
	$document = array('subject' => $resource) + (array) ($theirs ? $settings->kept : $settings->plain);
	if ($asked['rel']) {
		$document['links'] = array_values(array_filter($document['links'], function ($link) use ($asked) {
			return isset($link->rel) && in_array($link->rel, $asked['rel'], true);
		}));
	}
	header('Content-Type: application/jrd+json');
	echo json_encode($document, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
	exit;
}, 0);
